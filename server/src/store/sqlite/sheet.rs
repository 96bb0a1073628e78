//! Rows of one table that are written together.

pub(super) use rusqlite::types::ToSqlOutput as Cell;
use rusqlite::{Connection, params_from_iter};

/// The cells of a row by the names of their columns.
pub(super) type Columns<'a> = Vec<(&'static str, Cell<'a>)>;

/// Rows that one statement writes: there are a million at the first start, and most of the time
/// went to the statements.
const ROWS: usize = 24;

/// The columns of a composite value; a row uses those of its kind.
const COMPOSITE: [&str; 14] = [
    "parameter",
    "resource",
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
        columns: Columns<'a>,
    ) -> rusqlite::Result<()> {
        let mut names = self.names.iter();
        let fits = self.table == table
            && self.names.len() == columns.len()
            && columns.iter().all(|(name, _)| names.next() == Some(name));
        if !fits || self.cells.len() == ROWS * self.names.len() {
            self.write(transaction)?;
        }
        if !fits {
            self.table = table;
            self.names = columns.iter().map(|(name, _)| *name).collect();
        }
        self.cells.extend(columns.into_iter().map(|(_, cell)| cell));
        Ok(())
    }

    /// A composite value has all columns, so that its rows lie on one sheet.
    pub(super) fn add_composite(
        &mut self,
        transaction: &Connection,
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
        self.add(transaction, "composite", all.into())
    }

    /// Writes what is there: at once when the sheet is full, else row by row, by a statement that is
    /// known.
    pub(super) fn write(&mut self, transaction: &Connection) -> rusqlite::Result<()> {
        let width = self.names.len();
        let at_once = if self.cells.len() == ROWS * width {
            ROWS
        } else {
            1
        };
        if self.cells.is_empty() {
            return Ok(());
        }
        let marks = format!("({})", vec!["?"; width].join(", "));
        let mut statement = transaction.prepare_cached(&format!(
            "INSERT OR IGNORE INTO {} ({}) VALUES {}",
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
