//! `bins.csv` in the data directory: what an operator knows of cards by their first digits.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use domain::bins::{self, Bin, Category, Funding};

use crate::text_file;

const HEADER: [&str; 7] = ["bin", "issuer", "country", "type", "category", "product_id", "product_type"];

/// Loads the file, if there is one.
pub(crate) fn load(data: &Path) -> anyhow::Result<()> {
    let path = data.join("bins.csv");
    let text = match text_file::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context(format!("cannot read {}", path.display())),
    };
    let facts = read(&text).with_context(|| format!("{} cannot be used", path.display()))?;
    tracing::info!(count = facts.len(), "loaded what is known of card numbers");
    bins::load(facts);
    Ok(())
}

fn read(text: &str) -> anyhow::Result<HashMap<String, Bin>> {
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    if rows.headers()? != HEADER.as_slice() {
        bail!("its first line must be {}", HEADER.join(","));
    }
    let mut facts = HashMap::new();
    for row in rows.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        let (digits, bin) = fact(&row).with_context(|| format!("line {line}"))?;
        facts.insert(digits, bin);
    }
    Ok(facts)
}

fn fact(row: &csv::StringRecord) -> anyhow::Result<(String, Bin)> {
    let cell = |place: usize| row.get(place).unwrap_or_default();
    let digits = cell(0);
    if !(2..=6).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!("`{digits}` is not two to six digits");
    }
    let funding = Funding::parse(cell(3));
    let category = Category::parse(cell(4));
    let owned = |place: usize| Cow::Owned(cell(place).to_owned());
    let bin = Bin {
        issuer: owned(1),
        country: owned(2),
        funding: funding.ok_or_else(|| anyhow!("`{}` is not credit, debit, prepaid or charge", cell(3)))?,
        category: category.ok_or_else(|| anyhow!("`{}` is not consumer or commercial", cell(4)))?,
        product: owned(5),
        product_name: owned(6),
    };
    Ok((digits.to_owned(), bin))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "bin,issuer,country,type,category,product_id,product_type\n";

    #[test]
    fn rows_are_facts() {
        let facts = read(&format!(
            "{FIRST}424242,\"Bank, The\",SE,Debit,consumer,F,Classic\n51,B,GB,CREDIT,Commercial,,\n"
        ));
        let facts = facts.expect("the file is good");
        assert_eq!(facts["424242"].issuer, "Bank, The");
        assert_eq!((facts["51"].funding, facts["51"].category), (Funding::Credit, Category::Commercial));
    }

    #[test]
    fn an_error_names_its_line() {
        for (row, word) in [
            ("4242424,B,SE,debit,consumer,F,C", "two to six digits"),
            ("42x,B,SE,debit,consumer,F,C", "two to six digits"),
            ("42,B,SE,gift,consumer,F,C", "credit, debit"),
            ("42,B,SE,debit,nobody,F,C", "consumer or commercial"),
        ] {
            let error = read(&format!("{FIRST}41,B,SE,debit,consumer,F,C\n{row}\n")).expect_err(row);
            let error = format!("{error:#}");
            assert!(error.contains("line 3") && error.contains(word), "{error}");
        }
        assert!(read("bin,issuer\n1,2\n").is_err());
    }
}
