//! Which test holds which of the 238 negative cases of the FHIR API.

use std::collections::BTreeMap;
use std::path::Path;

struct Row {
    case: &'static str,
    /// What is sent, in a few words.
    situation: &'static str,
    /// `file::test`, where `file` is the stem of a source file.
    tests: &'static [&'static str],
    /// Why there is no test, or where the answer here differs on purpose.
    note: &'static str,
}

const fn row(
    case: &'static str,
    situation: &'static str,
    tests: &'static [&'static str],
    note: &'static str,
) -> Row {
    Row {
        case,
        situation,
        tests,
        note,
    }
}

#[rustfmt::skip]
const CASES: &[Row] = &[
    row("F-001", "too many fields, or too long a head", &["wire::a_head_beyond_the_limits_is_431_with_an_outcome"], "64 fields and 32 KiB with an outcome; beyond the limits of the framework (96, 128 KiB) its own answer has no body"),
    row("F-002", "URL beyond 8 KiB", &["transport::a_url_beyond_the_limit_is_414"], "a URL beyond 64 KiB is no URL to the framework: 400"),
    row("F-003", "unknown method", &["body::requests_that_break_http_are_400_and_overrides_mean_nothing", "path::every_route_names_the_methods_it_takes", "path::what_anyone_may_ask_takes_get_alone"], ""),
    row("F-004", "Content-Length and Transfer-Encoding", &["body::requests_that_break_http_are_400_and_overrides_mean_nothing"], ""),
    row("F-005", "two lengths", &["body::requests_that_break_http_are_400_and_overrides_mean_nothing"], ""),
    row("F-006", "folded fields, NUL, bare CR", &["wire::what_is_no_http_is_400_and_the_connection_closed", "body::requests_that_break_http_are_400_and_overrides_mean_nothing"], "bare LF is a line end to the framework (RFC 9112 2.2 allows that)"),
    row("F-007", "unknown transfer codings", &["wire::what_is_no_http_is_400_and_the_connection_closed", "body::requests_that_break_http_are_400_and_overrides_mean_nothing"], ""),
    row("F-008", "Host missing, twice, foreign", &["wire::a_request_has_one_host_and_links_do_not_follow_it", "wire::a_target_that_is_a_whole_url_is_read_by_its_path", "discovery::links_do_not_follow_a_forged_host"], ""),
    row("F-009", "head that drips", &["wire::a_head_that_does_not_come_to_its_end_is_given_up"], "the framework closes by itself, without a body"),
    row("F-010", "body that drips", &["body::a_body_that_does_not_arrive_is_given_up"], ""),
    row("F-011", "body too long by its length", &["format::compressed_bodies_are_read_and_bombs_are_413", "bundle::a_bundle_is_at_most_fifty_mebibytes"], ""),
    row("F-012", "body too long without a length", &["wire::a_body_without_a_length_stops_at_the_limit"], ""),
    row("F-013", "bombs, unknown and nested codings", &["format::compressed_bodies_are_read_and_bombs_are_413", "transport::encodings_and_charsets_that_are_not_read_are_415"], ""),
    row("F-014", "attacks on HTTP/2", &["wire::what_is_no_http_is_400_and_the_connection_closed"], "HTTP/2 is not spoken: its preface is 400"),
    row("F-015", "many connections", &["wire::idle_connections_are_in_nobodys_way"], "the cap of the framework, 25,000 a worker, lies above what a test can open"),
    row("F-016", "method override", &["body::requests_that_break_http_are_400_and_overrides_mean_nothing"], ""),
    row("F-017", "no token", &["access::no_token_is_401_with_a_bare_challenge_and_an_outcome"], "a path that is no route is 404 for anyone"),
    row("F-018", "token that means nothing", &["access::a_token_that_means_nothing_is_401_invalid_token"], "introspection does not say why a token is inactive (RFC 7662 2.2), so an expired one is unknown too"),
    row("F-019", "token for another server", &["authority::a_token_for_another_server_gives_no_right"], ""),
    row("F-020", "other kinds of tokens", &["introspect::a_meaningless_token_gets_exactly_one_member", "authority::an_inactive_answer_gives_no_right"], "to introspection they are no active access tokens: unknown"),
    row("F-021", "token in the URL", &["access::a_token_outside_the_authorization_header_counts_for_nothing"], ""),
    row("F-022", "token in a form", &["credential::a_token_is_taken_from_the_authorization_header_alone"], ""),
    row("F-023", "token twice", &["credential::a_token_sent_twice_is_an_invalid_request"], ""),
    row("F-024", "schemes, blanks, long tokens", &["credential::a_token_is_taken_from_the_authorization_header_alone", "wire::a_head_beyond_the_limits_is_431_with_an_outcome"], ""),
    row("F-025", "cookie", &["credential::a_token_is_taken_from_the_authorization_header_alone"], ""),
    row("F-026", "what anyone may ask", &["discovery::metadata_needs_no_token_and_ignores_a_bad_one"], ""),
    row("F-027", "bad token there", &["discovery::metadata_needs_no_token_and_ignores_a_bad_one"], ""),
    row("F-028", "authorization server down", &["access::an_authorization_server_that_is_down_opens_nothing"], ""),
    row("F-029", "token ends while paging", &["credential::a_token_that_ends_on_the_way_opens_no_further_page"], "as F-018: unknown"),
    row("F-030", "ids that are none", &["read::paths_that_name_nothing_are_404_with_an_outcome", "path::a_path_is_never_tidied_into_another", "write::an_update_may_make_a_resource_under_the_id_given", "path::an_id_that_no_url_can_carry_is_not_given_away"], ""),
    row("F-031", "paths that could be tidied", &["path::a_path_is_never_tidied_into_another", "path::a_base_url_put_together_wrongly_is_told_so_without_a_token"], ""),
    row("F-032", "unknown types", &["read::paths_that_name_nothing_are_404_with_an_outcome"], ""),
    row("F-033", "type not offered", &[], "every type of R4 is offered"),
    row("F-034", "unknown id", &["access::another_patients_record_answers_like_one_that_never_was"], ""),
    row("F-035", "deleted id", &["write::a_created_resource_is_read_found_updated_and_deleted"], ""),
    row("F-036", "wrong method for the level", &["path::every_route_names_the_methods_it_takes", "conditional::criteria_of_a_write_are_all_understood_or_it_is_refused"], "PUT, PATCH and DELETE of a type without criteria: 400 required, for the method is offered there"),
    row("F-037", "operations unknown or elsewhere", &["operation::an_operation_that_is_not_offered_is_404_and_one_at_the_wrong_level_405"], ""),
    row("F-038", "GET of what changes state", &["meta::labels_are_changed_by_post_with_the_right_to_update_alone"], ""),
    row("F-039", "slashes too many", &["path::a_path_is_never_tidied_into_another"], ""),
    row("F-040", "HEAD", &["path::head_answers_like_get_wherever_there_is_a_get", "read::head_answers_like_get_without_a_body"], ""),
    row("F-041", "OPTIONS", &["transport::browser_apps_of_any_origin_may_call_without_credentials", "path::every_route_names_the_methods_it_takes"], "the preflight is 200"),
    row("F-042", "formats not offered", &["format::what_cannot_be_had_is_406_with_an_outcome"], ""),
    row("F-043", "spellings of Accept", &["negotiate::every_spelling_of_a_format_is_understood", "discovery::every_spelling_of_json_is_answered_and_nothing_else"], ""),
    row("F-044", "other versions of FHIR", &["negotiate::formats_that_are_not_there_are_refused", "format::what_cannot_be_had_is_406_with_an_outcome"], ""),
    row("F-045", "_format not offered", &["negotiate::formats_that_are_not_there_are_refused", "format::what_cannot_be_had_is_406_with_an_outcome"], ""),
    row("F-046", "_format against Accept", &["format::what_cannot_be_had_is_406_with_an_outcome"], ""),
    row("F-047", "bodies of other types", &["format::bodies_that_are_not_what_they_say_are_refused"], ""),
    row("F-048", "application/json", &["write::answers_are_as_prefer_asks_and_decimals_stay_as_written"], ""),
    row("F-049", "other charsets", &["format::bodies_that_are_not_what_they_say_are_refused", "transport::encodings_and_charsets_that_are_not_read_are_415"], ""),
    row("F-050", "body of another format than said", &["format::bodies_that_are_not_what_they_say_are_refused"], ""),
    row("F-051", "patch of another type", &["patch::a_patch_that_cannot_be_done_leaves_the_stored_version", "tests::a_path_patch_that_cannot_be_read_is_400"], ""),
    row("F-052", "_search with JSON", &["search::a_search_by_post_is_the_same_search"], ""),
    row("F-053", "unknown preferences", &["outcome::preferences_are_read_as_they_may_be_written_and_others_passed_over"], ""),
    row("F-054", "empty body", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-055", "text that is not JSON", &["body::json_that_is_no_resource_is_refused_with_its_code"], "a BOM is passed over"),
    row("F-056", "broken characters", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-057", "key twice", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-058", "deep nesting", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-059", "deep extensions, contained in contained", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-060", "long arrays, many keys, long strings", &["body::what_is_long_or_precise_is_kept_or_refused_at_once"], ""),
    row("F-061", "no object", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-062", "resourceType", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-063", "another type than the URL", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-064", "unknown element", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-065", "null and empty", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-066", "wrong kind", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-067", "values out of grammar", &["body::json_that_is_no_resource_is_refused_with_its_code", "primitive::values_keep_to_their_grammar"], ""),
    row("F-068", "decimals", &["write::answers_are_as_prefer_asks_and_decimals_stay_as_written"], ""),
    row("F-069", "decimals beyond measure", &["body::json_that_is_no_resource_is_refused_with_its_code", "body::what_is_long_or_precise_is_kept_or_refused_at_once"], ""),
    row("F-070", "underscore members", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-071", "two values of a choice", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-072", "required element", &["body::json_that_is_no_resource_is_refused_with_its_code", "write::a_resource_that_is_not_valid_changes_nothing"], ""),
    row("F-073", "required binding", &["body::json_that_is_no_resource_is_refused_with_its_code"], ""),
    row("F-074", "too many values", &["body::json_that_is_no_resource_is_refused_with_its_code", "table::each_fault_is_the_only_issue_reported"], "an array where one value stands is 400 structure: it is not the JSON of the resource"),
    row("F-075", "invariants", &["body::json_that_is_no_resource_is_refused_with_its_code", "table::each_fault_is_the_only_issue_reported"], ""),
    row("F-076", "unknown or unmet profile", &["body::what_is_long_or_precise_is_kept_or_refused_at_once", "us_core::a_claim_is_checked_by_validate_and_not_by_a_write"], ""),
    row("F-077", "unknown modifier extension", &["body::what_is_long_or_precise_is_kept_or_refused_at_once"], "kept: the server stores resources and acts on none of their meaning"),
    row("F-078", "many faults", &["body::every_fault_is_told_with_its_place_and_not_too_many"], ""),
    row("F-079", "XML that is none", &["xml_body::xml_that_is_no_resource_is_refused_with_its_code", "format::bodies_that_are_not_what_they_say_are_refused"], ""),
    row("F-080", "DOCTYPE", &["format::bodies_that_are_not_what_they_say_are_refused"], ""),
    row("F-081", "entities, XInclude, stylesheets", &["xml_body::xml_that_is_no_resource_is_refused_with_its_code", "format::bodies_that_are_not_what_they_say_are_refused", "tests::nothing_can_make_the_reader_fetch_or_grow"], "a stylesheet instruction is passed over and never fetched"),
    row("F-082", "entities that grow", &["format::bodies_that_are_not_what_they_say_are_refused"], ""),
    row("F-083", "depth and attributes", &["xml_body::xml_that_is_no_resource_is_refused_with_its_code", "format::bodies_that_are_not_what_they_say_are_refused", "tests::depth_and_attributes_are_bounded"], ""),
    row("F-084", "other encodings", &["xml_body::xml_that_is_no_resource_is_refused_with_its_code", "format::bodies_that_are_not_what_they_say_are_refused", "tests::other_encodings_are_refused"], ""),
    row("F-085", "narrative that acts", &["format::a_narrative_that_acts_is_refused_in_xml_too"], ""),
    row("F-086", "attributes", &["xml_body::xml_that_is_no_resource_is_refused_with_its_code", "format::bodies_that_are_not_what_they_say_are_refused"], ""),
    row("F-087", "update without the id of the URL", &["contention::ids_and_versions_in_a_body_are_the_servers_to_give", "write::an_update_may_make_a_resource_under_the_id_given"], ""),
    row("F-088", "update of an unknown id", &["conditional::an_id_in_use_out_of_sight_answers_like_a_free_one"], "405 for those who do not see all of a type; the others make the resource"),
    row("F-089", "version and instant supplied", &["contention::ids_and_versions_in_a_body_are_the_servers_to_give"], ""),
    row("F-090", "create with an id", &["contention::ids_and_versions_in_a_body_are_the_servers_to_give"], ""),
    row("F-091", "If-Match of an earlier version", &["contention::if_match_is_a_list_of_versions_and_nothing_else"], ""),
    row("F-092", "If-Match that cannot be read", &["contention::if_match_is_a_list_of_versions_and_nothing_else", "precondition::versions_are_read_weak_or_not_and_nothing_else_is"], ""),
    row("F-093", "If-Match missing where it is required", &[], "no type requires it: versioning is 'versioned'"),
    row("F-094", "If-None-Match: * on what is there", &["contention::if_match_is_a_list_of_versions_and_nothing_else"], ""),
    row("F-095", "simultaneous updates of one version", &["write::of_simultaneous_updates_of_one_version_exactly_one_wins"], ""),
    row("F-096", "simultaneous updates", &["contention::simultaneous_updates_make_versions_without_a_gap"], ""),
    row("F-097", "simultaneous updates and deletes", &["contention::simultaneous_updates_and_deletes_have_an_order"], ""),
    row("F-098", "If-None-Exist that finds one or several", &["write::simultaneous_conditional_creates_make_one_resource"], ""),
    row("F-099", "If-None-Exist that does not select", &["conditional::criteria_of_a_write_are_all_understood_or_it_is_refused"], ""),
    row("F-100", "simultaneous conditional creates", &["write::simultaneous_conditional_creates_make_one_resource"], ""),
    row("F-101", "conditional update of several, of another id, of none", &["conditional::a_conditional_update_makes_or_replaces_the_one_resource_found"], ""),
    row("F-102", "conditional delete without criteria, or with unknown ones", &["conditional::criteria_of_a_write_are_all_understood_or_it_is_refused"], ""),
    row("F-103", "conditional delete of several", &["conditional::a_conditional_delete_takes_one_resource_and_never_many"], ""),
    row("F-104", "conditional read", &["read::a_version_the_caller_has_is_304", "contention::what_is_out_of_sight_is_never_unmodified"], ""),
    row("F-105", "JSON Patch that cannot be read or done", &["patch::a_patch_that_cannot_be_done_leaves_the_stored_version", "tests::what_cannot_be_read_is_400_and_what_cannot_be_done_is_422"], ""),
    row("F-106", "patch whose result is not valid", &["patch::a_patch_that_cannot_be_done_leaves_the_stored_version"], "each fault has its own code"),
    row("F-107", "patch without end", &["patch::a_patch_that_cannot_be_done_leaves_the_stored_version", "tests::a_patch_that_grows_without_end_is_stopped"], ""),
    row("F-108", "patch of what is deleted or unknown", &["patch::if_match_holds_for_patches_and_what_is_gone_stays_gone"], ""),
    row("F-109", "delete of an unknown id", &["write::each_letter_writes_its_own_way_and_only_inside_the_view"], ""),
    row("F-110", "delete twice", &["write::a_created_resource_is_read_found_updated_and_deleted"], ""),
    row("F-111", "delete of a type that refuses", &[], "every type may be deleted"),
    row("F-112", "delete of what is referred to", &[], "integrity of references is not enforced"),
    row("F-113", "reference to nothing", &["contention::references_are_kept_as_written_or_refused_and_never_followed"], "kept: integrity of references is not enforced"),
    row("F-114", "reference of a wrong type or form", &["contention::references_are_kept_as_written_or_refused_and_never_followed"], ""),
    row("F-115", "business identifier twice", &[], "no identifier is unique"),
    row("F-116", "no room left", &["mod::a_full_disk_is_told_from_a_defect"], ""),
    row("F-117", "write in read-only mode", &[], "there is no such mode"),
    row("F-118", "unknown versions", &["history::a_deleted_resource_that_came_back_shows_all_its_versions"], ""),
    row("F-119", "version of a deletion", &["history::a_deleted_resource_that_came_back_shows_all_its_versions", "write::a_created_resource_is_read_found_updated_and_deleted"], ""),
    row("F-120", "parameters of a history", &["history::parameters_of_a_history_are_checked"], ""),
    row("F-121", "histories not offered", &[], "both are offered"),
    row("F-122", "history after delete and create", &["history::a_deleted_resource_that_came_back_shows_all_its_versions"], ""),
    row("F-123", "unknown parameter", &["search::an_unknown_parameter_is_reported_and_absent_from_self"], ""),
    row("F-124", "unknown parameter, strict", &["search::an_unknown_parameter_is_reported_and_absent_from_self"], ""),
    row("F-125", "illegal value, lenient", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient"], ""),
    row("F-126", "modifiers", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient"], ""),
    row("F-127", "dates", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient"], ""),
    row("F-128", "prefixes", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient"], "a prefix on a token is a part of the code"),
    row("F-129", "numbers", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient"], ""),
    row("F-130", "tokens and references", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient", "refusals::an_absolute_reference_to_elsewhere_matches_nothing"], ""),
    row("F-131", "empty values and escapes", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient", "refusals::empty_values_are_left_out_and_reported"], ""),
    row("F-132", "_count", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient", "refusals::a_page_has_at_most_a_thousand_and_zero_asks_for_the_total"], ""),
    row("F-133", "sort keys", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient"], ""),
    row("F-134", "includes", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient", "includes::iteration_stops_and_says_so", "refusals::long_lists_and_many_parameters_are_too_costly"], ""),
    row("F-135", "deep chains", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient"], "up to three references, also by _has; _filter is offered"),
    row("F-136", "_elements and _summary", &["format::parameters_of_parts_are_checked"], ""),
    row("F-137", "long lists", &["refusals::long_lists_and_many_parameters_are_too_costly"], ""),
    row("F-138", "texts that mean something elsewhere", &["refusals::no_text_is_more_than_a_text_to_any_kind_of_parameter", "reindex::a_search_that_takes_too_long_is_given_up"], ""),
    row("F-139", "search that takes too long", &["reindex::a_search_that_takes_too_long_is_given_up"], ""),
    row("F-140", "several types", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient", "several::the_whole_server_is_searched_inside_the_callers_view"], "without _type every type within reach is searched, as R4 says"),
    row("F-141", "URL and form", &["refusals::url_and_body_of_a_posted_search_are_one_search"], ""),
    row("F-142", "form too long or broken", &["search::a_search_by_post_is_the_same_search", "pairs::damaged_escapes_are_refused"], ""),
    row("F-143", "_revinclude", &[], "it is offered"),
    row("F-144", "what is not offered", &["refusals::each_case_is_refused_as_the_catalogue_says_even_when_lenient", "filters::what_would_change_the_question_is_refused_however_it_is_handled"], "_text, _content and _list are offered"),
    row("F-145", "texts of other languages", &["refusals::no_text_is_more_than_a_text_to_any_kind_of_parameter", "search::the_database_is_not_a_language"], ""),
    row("F-146", "damaged page link", &["page::another_owner_or_query_or_any_damage_is_refused", "access::a_page_link_serves_only_its_owner"], ""),
    row("F-147", "page link of others", &["access::a_page_link_serves_only_its_owner", "several::links_keep_every_parameter_and_lead_to_either_end"], ""),
    row("F-148", "old page link", &["several::a_page_link_does_not_age_and_outlives_a_restart"], "a link holds a position and no state, so it does not age: it is good as long as its token is"),
    row("F-149", "changes while paging", &["refusals::a_walk_meets_no_row_twice_and_misses_none_that_stays"], ""),
    row("F-150", "no Bundle, or of another type", &["bundle::what_is_no_batch_and_no_transaction_is_refused"], ""),
    row("F-151", "entry whose request cannot be read", &["bundle::nothing_of_a_refused_transaction_is_stored_and_the_entry_is_named", "bundle::each_entry_of_a_batch_stands_for_itself", "url::other_urls_are_refused"], "HEAD is a method of R4 and answered like GET, without the resource"),
    row("F-152", "URL and resource of different types, update of nothing", &["bundle::nothing_of_a_refused_transaction_is_stored_and_the_entry_is_named"], ""),
    row("F-153", "two entries about one resource", &["bundle::no_two_entries_are_about_the_same_resource"], ""),
    row("F-154", "fullUrl twice, references to nothing or to several", &["bundle::no_two_entries_are_about_the_same_resource", "bundle::nothing_of_a_refused_transaction_is_stored_and_the_entry_is_named"], ""),
    row("F-155", "last entry of many not valid", &["bundle::the_last_of_many_entries_undoes_all_before_it"], ""),
    row("F-156", "too many entries or bytes", &["bundle::the_last_of_many_entries_undoes_all_before_it", "bundle::a_bundle_is_at_most_fifty_mebibytes"], ""),
    row("F-157", "Bundle inside an entry", &["bundle::a_bundle_inside_a_bundle_is_data"], ""),
    row("F-158", "operation inside a transaction", &["bundle::nothing_of_a_refused_transaction_is_stored_and_the_entry_is_named"], ""),
    row("F-159", "bad entry of a batch", &["bundle::each_entry_of_a_batch_stands_for_itself"], ""),
    row("F-160", "read of what the same transaction wrote", &["bundle::the_entries_of_a_transaction_name_each_other_and_happen_in_order"], ""),
    row("F-161", "simultaneous transactions", &["bundle::simultaneous_transactions_happen_as_a_whole_one_after_the_other"], ""),
    row("F-162", "client that does not wait for the answer", &["bundle::a_transaction_whose_client_left_is_in_or_out_as_a_whole"], ""),
    row("F-163", "type outside of the scopes", &["access::a_type_outside_the_scopes_is_403_whether_data_exist_or_not"], ""),
    row("F-164", "the same of anything", &["credential::the_refusal_of_a_type_is_the_same_for_what_is_there_gone_or_never_was", "access::a_type_outside_the_scopes_is_403_whether_data_exist_or_not"], ""),
    row("F-165", "r and s", &["credential::each_letter_opens_its_interactions_and_no_other"], ""),
    row("F-166", "rs and writes", &["credential::each_letter_opens_its_interactions_and_no_other"], ""),
    row("F-167", "c and an update that makes", &["credential::each_letter_opens_its_interactions_and_no_other"], ""),
    row("F-168", "u and create", &["credential::each_letter_opens_its_interactions_and_no_other"], ""),
    row("F-169", "write of version 1", &["access::each_letter_opens_its_own_interaction_only"], ""),
    row("F-170", "criteria without s", &["credential::each_letter_opens_its_interactions_and_no_other", "conditional::criteria_need_the_right_to_search"], ""),
    row("F-171", "answer to who may not read", &["write::each_letter_writes_its_own_way_and_only_inside_the_view"], "without a body there is no outcome that could say so"),
    row("F-172", "types of nobody", &["access::shared_resources_come_along_and_groups_never_do"], ""),
    row("F-173", "user scopes of a patient", &["access::levels_give_no_more_than_their_holder_has", "two_worlds::a_patients_user_token_cannot_tell_two_worlds_apart"], ""),
    row("F-174", "levels of others", &["access::levels_give_no_more_than_their_holder_has"], ""),
    row("F-175", "no scope", &["access::levels_give_no_more_than_their_holder_has"], ""),
    row("F-176", "constraint and read", &["access::a_granular_scope_holds_in_search_total_and_read"], ""),
    row("F-177", "constraint and search", &["access::a_granular_scope_holds_in_search_total_and_read", "credential::a_constraint_holds_in_every_form_of_a_search"], ""),
    row("F-178", "constraint and versions", &["write::a_version_is_seen_only_with_its_own_content_and_the_current_one"], ""),
    row("F-179", "constraint and writes", &["view::what_moves_out_of_the_view_is_not_written", "bundle::a_granular_scope_holds_for_what_entries_write"], ""),
    row("F-180", "two constraints", &["access::a_granular_scope_holds_in_search_total_and_read"], ""),
    row("F-181", "constraint and includes", &["search::references_are_followed_both_ways_inside_the_callers_view"], ""),
    row("F-182", "constraint not understood", &["credential::a_constraint_that_cannot_be_understood_opens_nothing"], "the index is made anew before anything is served"),
    row("F-183", "scope that became narrower", &["credential::a_scope_that_became_narrower_holds_from_the_next_request_on"], ""),
    row("F-184", "read of others", &["compartment::no_type_of_the_compartment_is_read_outside_of_it", "access::another_patients_record_answers_like_one_that_never_was"], ""),
    row("F-185", "search for others", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "access::a_search_never_leaves_the_compartment"], ""),
    row("F-186", "deleted of others", &["write::a_created_resource_is_read_found_updated_and_deleted", "conditional::an_id_in_use_out_of_sight_answers_like_a_free_one", "two_worlds::a_reader_cannot_tell_two_worlds_apart"], ""),
    row("F-187", "compartment of others", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "several::a_compartment_holds_what_belongs_to_its_resource"], ""),
    row("F-188", "Patient without criteria", &["access::a_search_never_leaves_the_compartment"], ""),
    row("F-189", "own compartment, each type", &["compartment::no_type_of_the_compartment_is_found_outside_of_it"], ""),
    row("F-190", "_include", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "includes::wildcards_and_targets_stay_inside_the_callers_view"], ""),
    row("F-191", "_revinclude", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "includes::wildcards_and_targets_stay_inside_the_callers_view"], ""),
    row("F-192", "devices, groups, lists", &["compartment::no_type_of_the_compartment_is_read_outside_of_it", "compartment::no_type_of_the_compartment_is_found_outside_of_it", "access::shared_resources_come_along_and_groups_never_do"], ""),
    row("F-193", "focus on oneself", &["view::what_is_made_must_say_whose_it_is", "two_worlds::a_reader_cannot_tell_two_worlds_apart"], ""),
    row("F-194", "chains", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "search::chains_look_through_references_inside_the_callers_view"], ""),
    row("F-195", "_has of a type out of reach", &["search::chains_look_through_references_inside_the_callers_view"], ""),
    row("F-196", "_has of others", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "two_worlds::a_reader_cannot_tell_two_worlds_apart"], ""),
    row("F-197", "filters as probes", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "filters::full_text_filters_and_lists_stay_inside_the_callers_view"], ""),
    row("F-198", "sort by what is unreadable", &[], "there are no restrictions on single elements"),
    row("F-199", "totals", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "access::totals_count_only_what_may_be_seen"], ""),
    row("F-200", "time tells nothing", &["plan::no_parameter_scans_a_table"], "every plan walks along the compartment; times themselves are not asserted, for a test on a shared machine could not fail honestly"),
    row("F-201", "row that moved", &["write::a_version_is_seen_only_with_its_own_content_and_the_current_one", "history::a_version_that_was_another_patients_stays_out_of_every_history"], ""),
    row("F-202", "histories", &["compartment::no_type_of_the_compartment_is_found_outside_of_it", "history::a_token_sees_the_history_of_its_own_view_only"], ""),
    row("F-203", "conditional reads", &["compartment::no_type_of_the_compartment_is_read_outside_of_it", "contention::what_is_out_of_sight_is_never_unmodified"], ""),
    row("F-204", "conditional create", &["conditional::what_is_out_of_sight_is_not_found_by_criteria"], "no identifier is unique"),
    row("F-205", "other conditional writes", &["compartment::no_type_of_the_compartment_is_changed_outside_of_it", "conditional::what_is_out_of_sight_is_not_found_by_criteria", "patch::a_patch_stays_inside_the_view_before_and_after"], ""),
    row("F-206", "writes of others", &["compartment::no_type_of_the_compartment_is_changed_outside_of_it", "conditional::an_id_in_use_out_of_sight_answers_like_a_free_one"], ""),
    row("F-207", "the same in Bundles", &["compartment::entries_of_a_bundle_stay_inside_the_compartment", "bundle::every_entry_is_authorized_by_itself", "two_worlds::a_writer_cannot_tell_two_worlds_apart"], ""),
    row("F-208", "URLs of entries", &["url::other_urls_are_refused", "bundle::nothing_of_a_refused_transaction_is_stored_and_the_entry_is_named"], ""),
    row("F-209", "preconditions of entries", &["bundle::what_is_not_understood_around_an_entry_is_refused", "two_worlds::a_writer_cannot_tell_two_worlds_apart"], ""),
    row("F-210", "references by criteria", &["bundle::every_entry_is_authorized_by_itself"], ""),
    row("F-211", "GET by who only writes", &["bundle::every_entry_is_authorized_by_itself", "two_worlds::a_token_that_only_writes_cannot_tell_two_worlds_apart"], ""),
    row("F-212", "subject changed", &["write::each_letter_writes_its_own_way_and_only_inside_the_view", "patch::a_patch_stays_inside_the_view_before_and_after"], ""),
    row("F-213", "subject of others or none", &["view::what_is_made_must_say_whose_it_is"], ""),
    row("F-214", "own Patient", &["view::a_link_to_another_patient_opens_nothing"], ""),
    row("F-215", "labels", &["view::labels_that_a_client_sets_open_and_close_nothing"], ""),
    row("F-216", "contained resources", &["contained::only_containers_in_reach_are_found", "contained::what_is_contained_is_shown_to_those_who_may_see_its_container", "contained::what_a_contained_resource_has_not_cannot_be_asked", "view::what_is_made_must_say_whose_it_is"], ""),
    row("F-217", "Binary", &["access::content_is_seen_only_with_the_document_it_hangs_on"], ""),
    row("F-218", "Binary that could act", &["view::content_that_could_act_is_sent_as_a_file", "page::a_binary_is_never_a_page"], ""),
    row("F-219", "attachments elsewhere", &["access::content_is_seen_only_with_the_document_it_hangs_on", "contention::references_are_kept_as_written_or_refused_and_never_followed"], ""),
    row("F-220", "export by people", &["export::only_system_scopes_export_and_only_what_they_reach"], ""),
    row("F-221", "export of a group", &["export::only_system_scopes_export_and_only_what_they_reach"], ""),
    row("F-222", "export wider than the scopes", &["export::only_system_scopes_export_and_only_what_they_reach"], ""),
    row("F-223", "another client's export", &["export::another_clients_export_is_one_that_never_was"], ""),
    row("F-224", "files", &["export::another_clients_export_is_one_that_never_was", "export::files_come_in_ranges_and_compressed"], ""),
    row("F-225", "too many exports", &["mod::a_client_runs_so_many_exports_at_once_and_others_are_not_in_its_way", "mod::a_client_keeps_so_many_exports"], ""),
    row("F-226", "impatient polling", &[], "not limited: the status is a look into memory"),
    row("F-227", "parameters of exports", &["export::what_cannot_be_exported_is_refused_at_the_kick_off"], ""),
    row("F-228", "exports that are gone", &["export::a_deleted_export_is_gone_with_its_files", "export::an_export_expires"], ""),
    row("F-229", "Subscription", &[], "kept as data: no notification is ever sent"),
    row("F-230", "notifications", &[], "as F-229"),
    row("F-231", "operations that fetch", &["operation::an_operation_that_is_not_offered_is_404_and_one_at_the_wrong_level_405", "terminology::an_expansion_is_never_invented", "operation::a_profile_is_never_pretended_to_be_checked"], ""),
    row("F-232", "references to other schemes", &["contention::references_are_kept_as_written_or_refused_and_never_followed", "tests::nothing_can_make_the_reader_fetch_or_grow"], ""),
    row("F-233", "$everything", &["everything::another_patient_is_answered_like_one_that_never_was", "everything::each_type_is_inside_its_own_restriction", "everything::pages_hold_everything_once_and_links_open_nothing_to_others"], ""),
    row("F-234", "other operations", &["record::documents_are_found_by_type_and_period_and_by_default_the_latest_summary", "record::the_latest_observations_of_each_code_are_found_inside_the_token", "record::statistics_count_the_subjects_observations_and_nobody_elses"], "$graphql is not offered"),
    row("F-235", "$validate", &["compartment::no_type_of_the_compartment_is_read_outside_of_it", "operation::a_stored_resource_can_be_validated_by_who_may_read_it"], ""),
    row("F-236", "narrative that acts", &["page::a_browser_gets_a_page_of_every_answer_and_nothing_foreign_runs_in_it", "highlight::text_is_escaped_wherever_it_stands", "narrative::foreign_text_is_escaped_in_the_narrative"], ""),
    row("F-237", "what outcomes say", &["outcome::every_refusal_is_an_outcome_that_names_its_request_and_tells_no_secret"], "the request id is in X-Request-Id"),
    row("F-238", "500", &["mod::a_full_disk_is_told_from_a_defect", "outcome::every_refusal_is_an_outcome_that_names_its_request_and_tells_no_secret"], ""),
];

fn collect(folder: &Path, into: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            into.entry(stem).or_default().push_str(&text);
        }
    }
}

/// Whether a source text declares this test.
fn is_test(text: &str, name: &str) -> bool {
    ["async fn ", "fn ", "    async fn ", "    fn "]
        .iter()
        .any(|word| text.contains(&format!("test]\n{word}{name}(")))
}

#[test]
fn every_case_has_its_row_once() {
    let cases: Vec<_> = (1..=238).map(|number| format!("F-{number:03}")).collect();
    let rows: Vec<_> = CASES.iter().map(|row| row.case).collect();
    assert_eq!(rows, cases);
}

#[test]
fn every_named_test_exists_and_every_other_case_says_why_not() {
    let mut sources = BTreeMap::new();
    for folder in [
        "src",
        "tests",
        "../fhir/src",
        "../fhir/tests",
        "../authz/tests",
    ] {
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut sources,
        );
    }
    for row in CASES {
        let case = format!("{} ({})", row.case, row.situation);
        assert!(!row.tests.is_empty() || !row.note.is_empty(), "{case}");
        for test in row.tests {
            let (stem, name) = test.split_once("::").unwrap();
            let known = sources.get(stem).is_some_and(|text| is_test(text, name));
            assert!(known, "{case} names {test}, which is no test");
        }
    }
}
