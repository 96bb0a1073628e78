//! Which test holds which negative case of writes, batches and transactions.

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
const WRITES: &[Row] = &[
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
];

#[rustfmt::skip]
const BUNDLES: &[Row] = &[
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
    ["async fn ", "fn ", "    fn "]
        .iter()
        .any(|word| text.contains(&format!("test]\n{word}{name}(")))
}

#[test]
fn every_case_has_its_row_once() {
    let cases = |from: u32, to: u32| (from..=to).map(|number| format!("F-{number:03}"));
    for (rows, numbers) in [(WRITES, cases(87, 117)), (BUNDLES, cases(150, 162))] {
        let rows: Vec<_> = rows.iter().map(|row| row.case.to_owned()).collect();
        assert_eq!(rows, numbers.collect::<Vec<_>>());
    }
}

#[test]
fn every_named_test_exists_and_every_other_case_says_why_not() {
    let mut sources = BTreeMap::new();
    for folder in ["src", "tests"] {
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut sources,
        );
    }
    for row in WRITES.iter().chain(BUNDLES) {
        let case = format!("{} ({})", row.case, row.situation);
        assert!(!row.tests.is_empty() || !row.note.is_empty(), "{case}");
        for test in row.tests {
            let (stem, name) = test.split_once("::").unwrap();
            let known = sources.get(stem).is_some_and(|text| is_test(text, name));
            assert!(known, "{case} names {test}, which is no test");
        }
    }
}
