//! The SQLite store does what every store does.

use graphbeat_store::SqliteStore;

fn empty() -> (tempfile::TempDir, SqliteStore) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = crate::support::open(directory.path());
    (directory, store)
}

crate::conformance::conformance_tests! { empty:
    calls {
        a_call_reads_back_as_it_was_appended,
        a_call_that_starts_off_its_ids_time_keeps_its_own,
        the_same_call_twice_is_one_row,
        another_call_with_a_taken_id_gets_the_next_one,
        each_filter_lets_only_its_own_pass,
        a_class_is_one_list_in_order_over_all_its_operations,
        a_long_list_is_read_in_pages_without_gap_or_repetition,
        calls_are_counted_by_account_and_verdict,
        a_closed_ledger_says_so_and_has_kept_everything_until_then,
    }
    feed { a_feed_shows_each_call_once_even_a_slow_one_that_started_earlier }
    journal {
        an_artefact_is_open_from_its_intent_until_it_is_gone,
        what_is_gone_does_not_move_again,
        open_artefacts_are_listed_by_account_oldest_first,
        many_changes_at_once_all_get_their_own_answer,
    }
    accounts {
        a_standing_is_replaced_as_a_whole,
        the_owners_pause_is_ended_by_its_owner_only,
        there_is_room_for_three_sign_ins_until_one_ends_well,
        nobody_signs_in_under_an_application_that_has_to_wait,
        refusals_are_counted_for_each_credential,
        only_the_last_refusals_are_kept,
        a_healing_failure_keeps_the_time_it_was_first_seen,
        the_last_round_of_an_account_is_known,
        a_note_is_replaced_by_the_next_of_its_name,
    }
    bookmarks { a_bookmark_is_kept_for_each_account_and_operation_until_it_is_forgotten }
    vault { a_secret_opens_under_its_name_until_it_is_replaced_or_removed }
}
