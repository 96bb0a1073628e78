//! The text of an embedded table: tab-separated, one heading, nothing quoted.

/// The rows below the heading.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().skip(1)
}

/// The cells of a row; those that are missing at its end are empty.
pub(crate) fn cells<const N: usize>(row: &'static str) -> [&'static str; N] {
    let mut cells = row.split('\t');
    std::array::from_fn(|_| cells.next().unwrap_or_default())
}

/// The cell, if it is not empty.
pub(crate) fn present(cell: &'static str) -> Option<&'static str> {
    Some(cell).filter(|cell| !cell.is_empty())
}

/// A cell of values separated by `|`.
pub(crate) fn list(cell: &'static str) -> Vec<&'static str> {
    cell.split('|').filter(|value| !value.is_empty()).collect()
}
