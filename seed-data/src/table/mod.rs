//! The code tables of `clinical/`, compiled in and read once.

pub(crate) mod care;
pub(crate) mod clinical;
pub(crate) mod growth;
pub(crate) mod people;
pub(crate) mod profile;
pub(crate) mod survey;
pub(crate) mod term;

/// A cell of a table as a typed value; an empty or unreadable number is 0 (the tests read every cell).
pub(crate) trait Cell: Sized {
    fn read(text: &'static str) -> Self;
}

impl Cell for &'static str {
    fn read(text: &'static str) -> Self {
        text
    }
}

impl Cell for f64 {
    fn read(text: &'static str) -> Self {
        text.parse().unwrap_or(0.0)
    }
}

impl Cell for i64 {
    fn read(text: &'static str) -> Self {
        text.parse().unwrap_or(0)
    }
}

impl Cell for u8 {
    fn read(text: &'static str) -> Self {
        text.parse().unwrap_or(0)
    }
}

impl Cell for Option<f64> {
    fn read(text: &'static str) -> Self {
        text.parse().ok()
    }
}

/// The lines below the header, each as its cells in the order of `columns` (a column the file lacks is empty).
pub(crate) fn lines(text: &'static str, columns: &[&str]) -> Vec<Vec<&'static str>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or("").split('\t').collect();
    let plain = |column: &&str| column.trim_start_matches("r#").to_owned();
    let places: Vec<Option<usize>> = columns
        .iter()
        .map(|column| header.iter().position(|name| *name == plain(column)))
        .collect();
    lines
        .map(|line| {
            let cells: Vec<&'static str> = line.split('\t').collect();
            places
                .iter()
                .map(|place| place.and_then(|p| cells.get(p).copied()).unwrap_or(""))
                .collect()
        })
        .collect()
}

/// The row that `fits`. The key is written in this crate, so a missing row is a defect of the crate.
#[expect(
    clippy::panic,
    reason = "keys are compile-time constants of this crate; the tests look each of them up"
)]
pub(crate) fn row<T>(
    rows: &'static [T],
    table: &str,
    key: &str,
    fits: impl Fn(&T) -> bool,
) -> &'static T {
    rows.iter()
        .find(|row| fits(row))
        .unwrap_or_else(|| panic!("no row {key} in the table {table}"))
}

/// Declares a row type and its table: `table!(Row, ROWS, "file.tsv", column: type, …)`.
/// The first column is the key of `Row::of`.
macro_rules! table {
    ($(#[$doc:meta])* $row:ident, $rows:ident, $file:literal, $key:ident: $first:ty $(, $column:ident: $kind:ty)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $row {
            pub(crate) $key: $first,
            $(pub(crate) $column: $kind),*
        }

        /// All rows, in the order of the file.
        pub(crate) static $rows: std::sync::LazyLock<Vec<$row>> = std::sync::LazyLock::new(|| {
            let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/clinical/", $file));
            let columns = [stringify!($key) $(, stringify!($column))*];
            $crate::table::lines(text, &columns)
                .into_iter()
                .map(|cells| {
                    let mut cells = cells.into_iter();
                    $row {
                        $key: $crate::table::Cell::read(cells.next().unwrap_or("")),
                        $($column: $crate::table::Cell::read(cells.next().unwrap_or(""))),*
                    }
                })
                .collect()
        });

        #[allow(dead_code, reason = "not every table is looked up by its key")]
        impl $row {
            /// The row with this key.
            pub(crate) fn of(key: &str) -> &'static Self {
                $crate::table::row(&$rows, $file, key, |row| row.$key == key)
            }
        }
    };
}
pub(crate) use table;
