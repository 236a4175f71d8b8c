//! Every value that a database holds, read behind the server's back.

use std::path::Path;

use data_encoding::HEXLOWER;
use postgres::NoTls;
use rusqlite::types::ValueRef;
use serde_json::Value;

/// One value in a database.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Table and column.
    pub place: String,
    /// The value; numbers as they are written.
    pub bytes: Vec<u8>,
    /// Whether the database keeps it as a number.
    pub is_number: bool,
}

impl Cell {
    /// The value as text, whatever it is.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Every value in every table of a file, but for nulls.
///
/// # Errors
/// It cannot be read.
pub(crate) fn of_sqlite(file: &Path) -> rusqlite::Result<Vec<Cell>> {
    let file = rusqlite::Connection::open(file)?;
    let mut tables = file.prepare("select name from sqlite_schema where type = 'table'")?;
    let tables = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut cells = Vec::new();
    for table in tables {
        let mut all = file.prepare(&format!("select * from \"{table}\""))?;
        let names: Vec<String> = all.column_names().map(|name| format!("{table}.{name}")).collect();
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            for (column, place) in names.iter().enumerate() {
                let (bytes, is_number) = match row.get_ref(column)? {
                    ValueRef::Null => continue,
                    ValueRef::Integer(number) => (number.to_string().into_bytes(), true),
                    ValueRef::Real(number) => (number.to_string().into_bytes(), true),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => (bytes.to_vec(), false),
                };
                cells.push(Cell { place: place.clone(), bytes, is_number });
            }
        }
    }
    Ok(cells)
}

/// Every value in every table of a database, but for nulls.
///
/// # Errors
/// It cannot be read.
pub(crate) fn of_postgres(url: &str) -> Result<Vec<Cell>, postgres::Error> {
    let mut client = postgres::Client::connect(url, NoTls)?;
    let tables = client.query("select tablename::text from pg_tables where schemaname = 'public'", &[])?;
    let mut cells = Vec::new();
    for table in tables.iter().map(|row| row.get::<_, String>(0)) {
        // In the order of their keys, so that two readings compare.
        let text = format!("select to_jsonb(t)::text from \"{table}\" t order by 1");
        for row in client.query(&text, &[])? {
            let row: Value = serde_json::from_str(row.get(0)).expect("PostgreSQL writes JSON");
            for (column, value) in row.as_object().expect("a row is an object") {
                let (bytes, is_number) = match value {
                    Value::Null => continue,
                    Value::String(text) => {
                        let decode = |digits: &str| HEXLOWER.decode(digits.as_bytes()).expect("bytes as hex");
                        (text.strip_prefix("\\x").map_or_else(|| text.clone().into_bytes(), decode), false)
                    }
                    Value::Number(number) => (number.to_string().into_bytes(), true),
                    Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                        (value.to_string().into_bytes(), false)
                    }
                };
                cells.push(Cell { place: format!("{table}.{column}"), bytes, is_number });
            }
        }
    }
    Ok(cells)
}
