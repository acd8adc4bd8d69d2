/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ThreadSanitizer doesn't see into gRPC, which isn't compiled with it: what goes through gRPC from
 * one thread to another is released by the one and acquired by the other here. No code otherwise.
 */

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#define annotate_release(address) __tsan_release(address)
#define annotate_acquire(address) __tsan_acquire(address)
#else
#define annotate_release(address) ((void)(address))
#define annotate_acquire(address) ((void)(address))
#endif
