/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/health.h"

#include "proto/health.pb-c.h"
#include "support/reapi_service.h"

#define CHECK "/grpc.health.v1.Health/Check"
#define WATCH "/grpc.health.v1.Health/Watch"

#define SERVING HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
#define NOT_SERVING HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING
#define SERVICE_UNKNOWN HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN

static Health__HealthCheckResponse *check(struct reapi_service *service, const char *name,
                                          struct rpc_client_end *ret_end)
{
    Health__HealthCheckRequest request = HEALTH__HEALTH_CHECK_REQUEST__INIT;

    request.service = (char *)name;
    return reapi_call(service, CHECK, &request.base, &health__health_check_response__descriptor,
                      ret_end);
}

static void check_says_of_each_service_that_it_is_serving(void **state)
{
    static const char *const names[] = {"",
                                        "build.bazel.remote.execution.v2.Capabilities",
                                        "build.bazel.remote.execution.v2.ContentAddressableStorage",
                                        "build.bazel.remote.execution.v2.ActionCache",
                                        "build.bazel.remote.execution.v2.Execution",
                                        "google.bytestream.ByteStream"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        auto_message Health__HealthCheckResponse *answer = check(*state, names[i], &end);
        assert_non_null(answer);
        assert_int_equal(answer->status, SERVING);
    }
}

static void check_knows_no_other_service(void **state)
{
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    assert_null(check(*state, "google.bytestream", &end));
    assert_end(&end, RPC_NOT_FOUND, "there is no service 'google.bytestream' here");
}

static struct rpc_client_call *watch(struct reapi_service *service, const char *name)
{
    Health__HealthCheckRequest request = HEALTH__HEALTH_CHECK_REQUEST__INIT;

    request.service = (char *)name;
    struct rpc_client_call *call = reapi_open(service, WATCH, &request.base);
    rpc_client_half_close(call);
    return call;
}

static void assert_next(struct rpc_client_call *call, int expected)
{
    auto_message Health__HealthCheckResponse *answer =
        reapi_next(call, &health__health_check_response__descriptor);

    assert_non_null(answer);
    assert_int_equal(answer->status, expected);
}

static void watch_tells_of_the_stop(void **state)
{
    struct reapi_service *service = *state;
    struct rpc_client_call *call = watch(service, "");
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    assert_next(call, SERVING);
    service_stopping(&service->service);
    assert_next(call, NOT_SERVING);
    rpc_client_end(call, &end);
    assert_end(&end, RPC_UNAVAILABLE, "the service is stopping");
}

static void watch_of_an_unknown_service_goes_on(void **state)
{
    struct rpc_client_call *call = watch(*state, "nonsense");
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    assert_next(call, SERVICE_UNKNOWN);
    rpc_client_cancel(call);
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_CANCELLED);
}

static void watch_without_a_request_is_an_error(void **state)
{
    struct reapi_service *service = *state;
    struct rpc_client_call *call = rpc_client_open(service->client, WATCH);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    rpc_client_half_close(call);
    rpc_client_end(call, &end);
    assert_end(&end, RPC_INVALID_ARGUMENT, "the call has no request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(check_says_of_each_service_that_it_is_serving),
        reapi_test(check_knows_no_other_service),
        reapi_test(watch_tells_of_the_stop),
        reapi_test(watch_of_an_unknown_service_goes_on),
        reapi_test(watch_without_a_request_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
