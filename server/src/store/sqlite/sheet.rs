//! Rows of one table that are written together.

pub(super) use rusqlite::types::ToSqlOutput as Cell;
use rusqlite::{Connection, params_from_iter};

use crate::search::index::Key;

/// The cells of a value by the names of their columns, besides parameter and resource.
pub(super) type Columns<'a> = Vec<(&'static str, Cell<'a>)>;

/// Rows that one statement writes: there are a million at the first start, and most of the time
/// went to the statements.
const ROWS: usize = 24;

/// The columns of a composite value; a row uses those of its kind.
const COMPOSITE: [&str; 12] = [
    "code",
    "system",
    "folded",
    "exact",
    "low",
    "high",
    "unit",
    "target",
    "type",
    "value",
    "instance",
    "component",
];

/// Rows of one table with the same columns, until there are enough of them.
#[derive(Default)]
pub(super) struct Sheet<'a> {
    table: &'static str,
    names: Vec<&'static str>,
    cells: Vec<Cell<'a>>,
}

impl<'a> Sheet<'a> {
    pub(super) fn add(
        &mut self,
        transaction: &Connection,
        table: &'static str,
        (key, resource): (Key, i64),
        columns: Columns<'a>,
    ) -> rusqlite::Result<()> {
        let mut names = self.names.iter();
        let fits = self.table == table
            && self.names.len() == columns.len()
            && columns.iter().all(|(name, _)| names.next() == Some(name));
        if !fits || self.cells.len() == ROWS * self.width() {
            self.write(transaction)?;
        }
        if !fits {
            self.table = table;
            self.names = columns.iter().map(|(name, _)| *name).collect();
        }
        self.cells.push(i64::from(key.number()).into());
        self.cells.push(resource.into());
        self.cells.extend(columns.into_iter().map(|(_, cell)| cell));
        Ok(())
    }

    /// A composite value has all columns, so that its rows lie on one sheet.
    pub(super) fn add_composite(
        &mut self,
        transaction: &Connection,
        of: (Key, i64),
        mut columns: Columns<'a>,
    ) -> rusqlite::Result<()> {
        let all = COMPOSITE.map(|name| {
            let own = columns.iter_mut().find(|(own, _)| *own == name);
            let none = Cell::Owned(rusqlite::types::Value::Null);
            (
                name,
                own.map_or(none.clone(), |(_, cell)| std::mem::replace(cell, none)),
            )
        });
        self.add(transaction, "composite", of, all.into())
    }

    fn width(&self) -> usize {
        self.names.len() + 2
    }

    /// Writes what is there: at once when the sheet is full, else row by row, by a statement that is
    /// known.
    pub(super) fn write(&mut self, transaction: &Connection) -> rusqlite::Result<()> {
        let width = self.width();
        let at_once = if self.cells.len() == ROWS * width {
            ROWS
        } else {
            1
        };
        if self.cells.is_empty() {
            return Ok(());
        }
        let marks = format!("(?, ?{})", ", ?".repeat(self.names.len()));
        let mut statement = transaction.prepare_cached(&format!(
            "INSERT OR IGNORE INTO {} (parameter, resource, {}) VALUES {}",
            self.table,
            self.names.join(", "),
            vec![marks; at_once].join(", ")
        ))?;
        for cells in self.cells.chunks(at_once * width) {
            statement.execute(params_from_iter(cells))?;
        }
        self.cells.clear();
        Ok(())
    }
}
