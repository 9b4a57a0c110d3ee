"""The bars of the product's security: what must hold, and the tests that prove it. A test that is renamed or removed
breaks `test_bars`."""

CONSOLE_TEXT = "tests/hostile/test_console_text.py"
CONSOLE_KEYS = "tests/hostile/test_console_keys.py"
SIGN_IN = "tests/services/test_sign_in.py"
MFA = "tests/services/test_mfa.py"
PROCESSES = "tests/services/test_processes.py"
SERVICES = "tests/contracts/test_services.py"
EXPORTS, READ_BACK = "tests/services/test_exports_statistics.py", "tests/services/test_exports_read_back.py"
FILES = "tests/contracts/test_file_services.py"
CHAIN = "tests/store/test_audit_chain.py"
SCHEMA = "tests/store/test_schema.py"
FAULTS = "tests/store/test_faults.py"
CLI_FAULTS = "tests/cli/test_faults.py"
EDITING = "tests/services/test_editing.py"
EDITORS = "tests/services/test_editing_processes.py"
EDITING_FAULTS = "tests/services/test_editing_faults.py"
PARALLEL, RESERVING = "tests/services/test_spending_processes.py", "tests/services/test_reservations.py"
SPENDING = "tests/services/test_spending_machine.py::test_whatever_is_done_the_store_is_as_the_model_says"
MACHINE = "tests/services/test_editing_machine.py::test_whatever_is_done_the_store_is_as_the_model_says"
ONE_ENTRY = "tests/contracts/test_one_entry.py"
REQUESTS, DECIDING = "tests/services/test_requests.py", "tests/services/test_requests_processes.py"
UNDOING = "tests/services/test_requests_undo.py"
CANARIES = "tests/hostile/test_canaries.py"

BARS: dict[int, list[str]] = {
    1: [
        f"{CONSOLE_TEXT}::test_every_page_and_dialog_shows_it_as_words",
        "tests/hostile/test_naughty_domain.py::test_cleaned_they_are_safe",
        "tests/tui/test_text.py::test_cell_is_one_clean_line_of_rich_text",
        "tests/tui/test_users_page.py::test_hostile_names_are_drawn_as_words",
        "tests/tui/test_member_home.py::test_hostile_names_stay_words",
    ],
    2: [
        "tests/lint/test_markup_rule.py::test_a_planted_fault_is_found",
        "tests/lint/test_markup_rule.py::test_an_honest_line_passes",
        "tests/lint/test_house_rules.py::test_the_tree_itself_passes",
    ],
    3: [
        "tests/hostile/test_naughty_terminal.py::test_a_terminal_gets_no_control_direction_or_invisible_sign",
        "tests/hostile/test_naughty_domain.py::test_as_cells_they_are_neutral",
    ],
    4: [
        f"{CONSOLE_TEXT}::test_columns_stay_aligned_beside_the_longest_and_the_most_marked_names",
        "tests/domain/test_text.py::test_clean_stops_piled_marks_and_long_text",
        "tests/cli/test_output.py::test_wide_and_combining_signs_are_measured",
    ],
    9: [
        f"{CONSOLE_KEYS}::test_a_paste_does_no_dangerous_act",
        "tests/journeys/test_editing.py::test_a_paste_into_a_cell_saves_nothing",
        "tests/tui/test_pastes.py::test_what_is_pasted_is_text_and_no_key",
    ],
    10: [
        f"{CONSOLE_KEYS}::TestCrash::test_it_tells_its_class_and_a_report_and_nothing_else",
        "tests/cli/test_conventions.py::test_a_fault_of_ours_is_logged_and_not_shown",
    ],
    11: [
        f"{CONSOLE_KEYS}::test_nothing_of_a_password_leaves_by_the_clipboard",
        "tests/tui/test_sign_in.py::test_a_password_is_neither_copied_nor_cut",
    ],
    12: [
        "tests/domain/test_passwords.py::test_fifteen_to_128_code_points",
        "tests/domain/test_passwords.py::test_composed_and_decomposed_are_one",
        f"{SIGN_IN}::TestTheDoor::test_a_password_of_128_is_taken_and_129_never_reaches_the_hash",
        f"{SIGN_IN}::TestTheDoor::test_composed_and_decomposed_forms_sign_in_alike",
    ],
    13: [f"{SIGN_IN}::TestTheDoor::test_wrong_unknown_and_waiting_are_told_alike_and_cost_one_verification_each"],
    14: [f"{SIGN_IN}::TestTheDoor::test_a_hash_of_old_parameters_is_replaced_and_a_broken_one_is_refused"],
    15: [
        f"{SIGN_IN}::TestWaiting::test_the_failure_is_counted_although_the_check_raises_and_after_a_restart",
        f"{PROCESSES}::test_failures_of_two_processes_are_counted_together_and_outlive_them",
    ],
    16: [
        f"{SIGN_IN}::TestWaiting::test_an_attacker_does_not_lock_out_an_origin_that_signed_in_before",
        f"{SIGN_IN}::TestWaiting::test_five_are_free_then_thirty_seconds_doubling",
        f"{SIGN_IN}::TestWaiting::test_an_origin_has_thirty_tries_in_a_quarter_of_an_hour_over_all_accounts",
        f"{SIGN_IN}::TestWaiting::test_a_hundred_failures_of_a_known_origin_disable_the_password_until_unlock",
    ],
    17: [
        f"{SIGN_IN}::TestOneTimePasswords::test_it_opens_the_change_and_nothing_else",
        f"{SIGN_IN}::TestOneTimePasswords::test_it_opens_once",
        f"{SIGN_IN}::TestOneTimePasswords::test_it_is_good_for_72_hours",
    ],
    18: [
        f"{PROCESSES}::test_one_code_is_one_success",
        f"{PROCESSES}::test_a_code_of_the_step_before_the_last_is_refused_for_ever",
        f"{MFA}::TestCodes::test_a_step_is_good_once_and_an_earlier_one_never",
    ],
    19: [
        f"{MFA}::TestCodes::test_minus_one_zero_and_plus_one_are_taken_and_two_are_not",
        f"{MFA}::TestCodes::test_a_clock_that_went_back_gives_the_reason_and_no_lockout",
    ],
    20: [
        f"{MFA}::TestCodes::test_pasted_forms_are_taken",
        f"{MFA}::TestCodes::test_what_is_not_six_digits_is_no_attempt",
        "tests/domain/test_totp.py::test_entries_that_are_not",
    ],
    21: [
        f"{MFA}::TestEnrolment::test_an_unconfirmed_secret_opens_nothing",
        f"{MFA}::TestEnrolment::test_the_confirming_code_does_not_open_admin_mode",
        f"{MFA}::TestEnrolment::test_replacing_needs_a_code_of_the_old_one_which_works_until_then",
    ],
    22: [
        f"{PROCESSES}::test_one_recovery_code_is_one_success",
        f"{MFA}::TestRecovery::test_the_database_holds_digests_only",
    ],
    24: [
        f"{CANARIES}::test_no_secret_is_in_anything_that_is_kept_or_shown",
        f"{CANARIES}::test_no_secret_is_in_the_text_of_an_error",
        f"{CANARIES}::test_no_secret_is_in_a_picture_that_is_kept",
        "tests/services/test_house.py::test_secrets_stay_out_of_everything_that_is_kept",
    ],
    25: [
        f"{SERVICES}::TestEveryVerb::test_what_changed_since_the_screen_was_drawn_refuses_and_writes_nothing",
        f"{FILES}::TestEveryVerbOfFiles::test_what_changed_since_the_screen_was_drawn_refuses_and_writes_nothing",
        f"{FILES}::TestEveryVerbOfFiles::test_a_reset_by_somebody_else_ends_it",
        f"{FILES}::TestEveryVerbOfFiles::test_idle_and_expired_sessions_are_refused",
        f"{MFA}::TestAdminMode::test_fifteen_minutes_without_a_key",
    ],
    26: [
        f"{REQUESTS}::TestTheQueue::test_another_organization_s_request_is_no_request",
        f"{SERVICES}::test_another_organization_s_person_answers_like_nobody",
        f"{SERVICES}::test_another_organization_s_numbers_answer_like_unknown_ones",
        f"{FILES}::TestEveryVerbOfFiles::test_another_organization_s_number_answers_like_an_unknown_one",
        f"{FILES}::test_usage_of_another_organization_s_people_stays_with_nobody",
        f"{FILES}::test_a_list_that_names_a_neighbour_s_person_is_answered_like_an_unknown_one",
        "tests/store/test_user_windows.py::TestReach::test_every_sort_stays_within_the_reach",
    ],
    27: [f"{SERVICES}::test_each_item_of_the_step_up_list_refuses_a_stale_code"],
    28: [
        f"{DECIDING}::test_grants_from_every_path_never_pass_the_cap",
        f"{EDITORS}::test_raises_from_every_path_by_four_processes_never_pass_the_cap",
        f"{EDITORS}::test_plans_that_fit_alone_and_not_together_are_applied_by_one",
        "tests/services/test_auto_increase.py::test_four_at_once_never_pass_the_cap",
        SPENDING,
        MACHINE,
    ],
    29: [
        f"{DECIDING}::test_of_four_processes_one_decides_each_request_and_the_others_learn_who",
        f"{REQUESTS}::TestApproving::test_the_second_administrator_learns_what_the_first_decided",
    ],
    30: [
        f"{UNDOING}::TestUndo::test_where_the_limit_moved_since_all_of_the_grant_is_left_and_named",
        f"{UNDOING}::TestAllThatFit::test_what_changed_since_the_preview_is_left",
        MACHINE,
        f"{EDITING}::TestReview::test_a_bulk_plan_leaves_what_moved_and_names_it",
        f"{EDITING}::TestUndo::test_what_somebody_changed_since_is_left_and_named",
        f"{EDITING}::TestUndo::test_above_the_cap_lowerings_come_first_and_raises_as_far_as_they_fit",
        f"{EDITORS}::test_one_plan_is_applied_by_one_and_one_batch_is_undone_by_one",
    ],
    31: [
        "tests/services/test_metering.py::TestOnce::test_a_replay_is_known_and_charges_nothing",
        "tests/services/test_metering.py::TestOnce::test_four_at_once_send_the_same_hundred_and_each_counts_once",
        "tests/services/test_metering.py::test_every_total_equals_a_plain_sum_over_the_events",
        "tests/domain/test_charge.py::test_charge_is_the_exact_sum_rounded_up",
        f"{RESERVING}::TestRetryKey::test_several_at_once_with_one_key_are_one_call",
        f"{PARALLEL}::test_the_limit_is_passed_by_no_more_than_calls_in_flight_took_above_their_estimates",
        "tests/services/test_corrections.py::TestReverse::test_two_at_once_take_it_back_once",
        SPENDING,
    ],
    32: [
        f"{EDITORS}::test_two_administrators_save_one_cell_and_one_is_told_both_values",
        f"{EDITORS}::test_relative_raises_of_one_person_at_once_are_all_counted_or_told",
        f"{EDITING}::TestReview::test_changed_since_it_was_staged_waits_for_a_decision",
    ],
    33: [
        f"{EDITING_FAULTS}::test_the_driver_loses_the_answer",
        f"{EDITING_FAULTS}::TestTheWireIsCut::test_after_commit_it_was_done_and_that_is_the_answer",
        f"{EDITING_FAULTS}::TestTheWireIsCut::test_before_commit_nothing_was_saved_and_that_is_the_answer",
        f"{EDITING_FAULTS}::TestTheWireIsCut::test_a_commit_that_is_still_on_its_way_is_waited_for",
        f"{EDITING_FAULTS}::TestTheWireIsCut::test_what_cannot_be_known_yet_is_said",
    ],
    34: [
        f"{SCHEMA}::test_a_token_column_refuses_what_is_no_count_of_tokens",
        f"{SCHEMA}::test_a_token_column_stores_large_counts_exactly",
        "tests/services/test_editing_rules.py::test_a_staged_value_that_is_none_is_refused",
        "tests/services/test_metering.py::TestBounds::test_what_is_no_count_of_tokens_is_refused_by_row",
        f"{RESERVING}::TestReserve::test_what_a_client_gives_as_a_limit_is_a_whole_number_or_refused",
    ],
    35: [
        f"{CHAIN}::TestAppendOnly::test_changes_are_refused",
        f"{CHAIN}::TestAppendOnly::test_replace_and_truncate_are_refused",
        "tests/services/test_house.py::TestDoctor::test_a_missing_trigger_and_a_too_mighty_role_are_noticed",
    ],
    36: [
        f"{CHAIN}::TestVerify::test_the_first_break_is_named",
        f"{CHAIN}::TestVerify::test_an_inserted_entry_is_found",
    ],
    37: [
        f"{CHAIN}::TestVerify::test_a_cut_tail_with_a_rewritten_head_is_found_by_the_seal_and_by_an_anchor",
        f"{CHAIN}::TestVerify::test_an_anchor_of_another_hash_or_chain_is_told",
    ],
    38: [
        f"{SERVICES}::test_every_writing_verb_leaves_exactly_one_entry_and_a_dry_run_none",
        f"{FILES}::TestEveryVerbOfFiles::test_exactly_one_entry_and_none_in_a_dry_run",
        f"{CHAIN}::test_an_act_that_fails_leaves_no_entry",
        f"{ONE_ENTRY}::test_every_act_and_its_undo_and_the_undo_of_that_leave_one_entry_each",
        f"{ONE_ENTRY}::test_an_act_that_fails_leaves_none_and_changes_nobody",
        f"{CHAIN}::TestVerify::test_erased_personal_detail_leaves_the_chain_valid",
    ],
    39: [
        "tests/domain/test_cells.py::test_every_dangerous_beginning_is_guarded",
        "tests/domain/test_cells.py::test_what_was_guarded_comes_back_equal",
        "tests/cli/test_files.py::test_formulas_are_neutral_in_the_file_and_come_back_equal",
        f"{EXPORTS}::test_no_cell_of_any_export_is_a_formula",
        f"{EXPORTS}::test_a_workbook_has_a_sheet_for_each_section_and_no_formula",
        f"{READ_BACK}::test_an_empty_database_gets_the_same_totals_and_knows_the_rows_of_the_gateway_too",
    ],
    40: [
        "tests/services/test_exports.py::test_a_file_is_private_and_never_overwritten_without_asking",
        "tests/services/test_exports.py::test_a_file_that_came_meanwhile_is_not_overwritten",
        "tests/cli/test_files.py::test_a_failed_or_dry_export_leaves_nothing",
        f"{EXPORTS}::test_what_is_wrong_refused_or_stopped_leaves_no_file_and_no_entry",
        "tests/cli/test_processes.py::test_a_full_disk_leaves_no_export_behind",
    ],
    41: [
        "tests/cli/test_config.py::test_open_files_are_refused_with_the_command_that_mends_it",
        "tests/cli/test_config.py::test_a_directory_that_others_may_change_is_refused_unless_it_is_sticky",
        "tests/cli/test_config.py::test_links_and_other_things_are_refused",
        "tests/cli/test_config.py::test_another_s_file_is_refused",
        "tests/cli/test_config.py::test_every_command_refuses_an_open_database_or_key",
        "tests/cli/test_config.py::test_an_absent_database_is_not_created",
    ],
    43: [
        f"{FAULTS}::test_a_full_disk_saves_nothing_and_small_writes_work_again",
        f"{FAULTS}::test_locked_by_another_process_says_so_and_reads_go_on",
        f"{FAULTS}::test_a_read_only_database_says_so",
        f"{FAULTS}::test_kill_nine_before_commit_leaves_what_was_committed_and_a_free_lock",
        f"{SCHEMA}::test_two_that_make_it_at_once_make_it_once",
        "tests/hostile/test_services_input.py::test_every_answer_is_one_of_our_errors_or_none",
        "tests/services/test_imports_usage.py::test_cut_anywhere_and_repeated_every_row_counts_once",
        "tests/cli/test_processes.py::test_an_import_that_was_cut_is_repeated_and_every_row_counts_once",
        f"{CLI_FAULTS}::test_a_locked_database_is_a_sentence_and_nothing_is_written",
        f"{CLI_FAULTS}::test_a_full_disk_is_a_sentence_and_nothing_is_written",
        f"{CLI_FAULTS}::test_a_read_only_place_is_a_sentence_and_nothing_is_written",
        f"{CLI_FAULTS}::test_two_migrations_at_once_apply_it_once",
        f"{EDITING_FAULTS}::TestSqlite::test_locked_by_another_process",
        f"{EDITING_FAULTS}::TestSqlite::test_the_disk_is_full",
        f"{EDITING_FAULTS}::TestSqlite::test_read_only",
        f"{EDITING_FAULTS}::TestPostgres::test_the_server_ends_the_connection_in_the_middle",
        f"{EDITING_FAULTS}::TestPostgres::test_somebody_holds_the_pool",
        "tests/journeys/test_editing.py::TestFaults::test_locked_by_another_program",
        "tests/journeys/test_editing.py::TestFaults::test_locked_or_the_connection_lost_and_editing_goes_on",
        "tests/tui/test_editing_when_odd.py::test_each_fault_has_its_sentence_on_screen_and_the_edits_are_kept",
        "tests/tui/test_editing_when_odd.py::test_an_answer_that_was_lost_is_told_as_what_it_was",
        "tests/tui/test_editing_when_odd.py::test_a_database_that_turned_read_only_says_so_and_keeps_the_edits",
        f"{EDITORS}::test_kill_nine_while_a_plan_of_many_is_applied_leaves_all_or_nothing",
    ],
}
"""Number → tests. Numbers that stand for what is not built yet are not here."""
