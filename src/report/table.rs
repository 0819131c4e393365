//! Tables of the text reports: a bold line of heads, no rules.

use comfy_table::{CellAlignment, Table, presets};

use super::style::BOLD;

/// Heads and rows as text; `right` are the columns, from 0, whose cells end together.
pub(super) fn table_text<const N: usize>(
    heads: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    right: &[usize],
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(heads);
    for row in rows {
        table.add_row(row);
    }
    for &at in right {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    let styled = lines.enumerate().map(|(number, line)| match number {
        0 => format!("{BOLD}{line}{BOLD:#}\n"),
        _ => format!("{line}\n"),
    });
    styled.collect()
}
