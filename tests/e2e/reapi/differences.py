# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""Where the peers are known to differ from what checks/ expects, and why that is so.

A test that is named here has to fail against that peer: what it mended shows.
"""

ABILITIES = {
    "cleaved": ("cache", "execution"),
    "bazel-remote": ("cache",),
    "buildbarn": ("cache", "execution"),
}

BAZEL_REMOTE = {
    "instance_names_with_reserved_words_are_refused":
        "it ignores instance names",
    "instances_have_results_of_their_own":
        "it ignores instance names, unless told to mangle keys",
    "of_a_batch_only_the_bad_entries_are_refused":
        "INTERNAL for bytes of another digest, and it trusts a digest's size: it then serves the "
        "blob under a size that it hasn't",
    "a_batch_that_is_not_what_its_compressor_says_is_refused":
        "INTERNAL, which clients retry",
    "get_tree_comes_in_pages":
        "all in one page",
    "a_page_token_that_is_none_is_refused":
        "it ignores page tokens",
    "get_tree_of_what_is_no_directory_is_refused":
        "DATA_LOSS",
    "a_read_may_start_and_end_anywhere":
        "OUT_OF_RANGE for a limit above what is left, where the API says to give what there is",
    "names_that_are_no_names_are_refused":
        "it finds `blobs/` anywhere in a name and takes what follows",
    "a_broken_write_goes_on_where_the_status_says":
        "no resumption: writes from an offset above 0 are unsupported",
    "a_compressed_write_of_other_bytes_is_refused":
        "INTERNAL, which clients retry",
    "a_result_with_a_tree_that_is_none_is_not_given":
        "UNKNOWN in place of NOT_FOUND",
}

NO_GET_TREE = "GetTree is unimplemented"
NO_RESUMPTION = "QueryWriteStatus is unimplemented, and writes start at 0"
NO_OPERATIONS = "there is no Operations service"

BUILDBARN = {
    "instance_names_with_reserved_words_are_refused":
        "only where digests come with them",
    "another_digest_function_is_refused":
        "it takes all of the API's but a few",
    "a_batch_may_be_compressed":
        "it compresses streams alone",
    "a_batch_that_is_not_what_its_compressor_says_is_refused":
        "it ignores the compressor",
    "get_tree_gives_the_root_and_all_below_it": NO_GET_TREE,
    "get_tree_of_the_empty_directory_is_one_directory": NO_GET_TREE,
    "get_tree_comes_in_pages": NO_GET_TREE,
    "get_tree_of_many_directories_comes_whole": NO_GET_TREE,
    "a_page_token_that_is_none_is_refused": NO_GET_TREE,
    "get_tree_of_a_missing_root_is_not_found": NO_GET_TREE,
    "get_tree_leaves_out_what_is_missing_below": NO_GET_TREE,
    "get_tree_of_what_is_no_directory_is_refused": NO_GET_TREE,
    "a_read_may_start_and_end_anywhere": "read_limit is unimplemented",
    "a_negative_limit_is_refused": "read_limit is unimplemented",
    "a_read_outside_the_blob_is_out_of_range": "INVALID_ARGUMENT",
    "names_that_are_no_names_are_refused": "UNIMPLEMENTED for an unknown compressor",
    "the_status_of_a_finished_write_is_complete": NO_RESUMPTION,
    "the_status_of_an_unknown_write_is_nothing_or_not_found": NO_RESUMPTION,
    "the_empty_blob_is_complete_whatever_was_written": NO_RESUMPTION,
    "a_broken_write_goes_on_where_the_status_says": NO_RESUMPTION,
    "a_compressed_read_may_start_anywhere":
        "it takes the offset for one in the compressed bytes",
    "a_compressed_write_of_other_bytes_is_refused":
        "UNKNOWN, which clients retry, for a frame that is cut off",
    "a_result_with_a_tree_that_is_none_is_not_given":
        "INVALID_ARGUMENT in place of NOT_FOUND",
    "output_is_inlined_for_those_who_ask":
        "it inlines nothing",
    "missing_inputs_are_named_and_nothing_else":
        "it names the first that it meets: with each attempt one more",
    "an_equal_action_is_answered_from_the_cache":
        "looking into the action cache is left to the client",
    "skip_cache_lookup_runs_again":
        "looking into the action cache is left to the client",
    "the_older_fields_give_what_older_clients_read":
        "a link that is declared as a directory is given as the directory that it leads to",
    "waiting_for_an_unknown_name_is_not_found":
        "INVALID_ARGUMENT for a name that has no instance name in it",
    "an_operation_can_be_asked_for": NO_OPERATIONS,
    "an_unknown_operation_is_not_found": NO_OPERATIONS,
    "a_cancelled_operation_ends_cancelled_for_all": NO_OPERATIONS,
    "an_operation_may_be_cancelled_as_soon_as_it_is_there": NO_OPERATIONS,
    "cancelling_what_has_ended_changes_nothing": NO_OPERATIONS,
}

DIFFERENCES = {
    "cleaved": {},
    "bazel-remote": BAZEL_REMOTE,
    "buildbarn": BUILDBARN,
}
