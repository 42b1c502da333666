//! Writes what was measured: a table for people, JSON for scripts, and complaints.
//!
//! Ratios are times of the first engine (ours, unless it was left out) divided by those of another: below 1.00 the
//! first engine is faster. The table has the worst ratios on top.

use std::fmt::Write;

use super::engine::Engine;
use super::options::Options;
use super::process::Sample;
use super::stats::{Summary, geometric_mean, summarize};
use super::{Cell, Row};

/// The times of a cell in milliseconds, elapsed or of the processor.
fn times(options: &Options, cell: &Cell) -> Option<Summary> {
    summarize(cell.samples.iter().map(|sample| milliseconds(options, sample)))
}

fn milliseconds(options: &Options, sample: &Sample) -> f64 {
    let time = if options.cpu { sample.cpu } else { sample.wall };
    time.as_secs_f64() * 1e3
}

/// The median peak memory of a cell in megabytes.
fn memory(cell: &Cell) -> Option<f64> {
    summarize(cell.samples.iter().map(|sample| sample.rss_bytes as f64 / 1e6)).map(|summary| summary.median)
}

/// What is compared between engines.
type Measure<'a> = &'a dyn Fn(&Cell) -> Option<f64>;

/// The measure of the first engine divided by that of engine `index`.
fn ratio(row: &Row, index: usize, measure: Measure) -> Option<f64> {
    let value = |index: usize| row.cells[index].as_ref().and_then(measure);
    Some(value(0)? / value(index)?)
}

/// Everything wrong with a row: failed runs, and outputs that differ between engines.
pub fn complaints(engines: &[Engine], row: &Row) -> Vec<String> {
    let mut list = Vec::new();
    let mut groups: Vec<(&[u8], Vec<&str>)> = Vec::new();
    for (engine, cell) in engines.iter().zip(&row.cells) {
        let Some(cell) = cell else { continue };
        if let Some(reason) = &cell.failure {
            list.push(format!("FAILED   {} on {}: {reason}", row.program, engine.label));
        }
        let Some(output) = &cell.output else { continue };
        match groups.iter_mut().find(|(other, _)| *other == output.as_slice()) {
            Some((_, labels)) => labels.push(&engine.label),
            None => groups.push((output, vec![&engine.label])),
        }
    }
    if groups.len() > 1 {
        let mut text = format!("MISMATCH {}: the engines print different things", row.program);
        let line = first_difference(&groups);
        for (output, labels) in &groups {
            let shown = output.split(|byte| *byte == b'\n').nth(line).map(String::from_utf8_lossy);
            let shown = shown.as_deref().unwrap_or("(nothing)");
            let _ = write!(text, "\n         line {} on {}: {shown}", line + 1, labels.join(", "));
        }
        list.push(text);
    }
    list
}

/// The number, from 0, of the first line that is not the same in all outputs.
fn first_difference(groups: &[(&[u8], Vec<&str>)]) -> usize {
    let line = |index: usize, number: usize| groups[index].0.split(|byte| *byte == b'\n').nth(number);
    (0..).find(|number| (1..groups.len()).any(|index| line(index, *number) != line(0, *number))).unwrap_or(0)
}

/// The report for people.
pub fn text(options: &Options, engines: &[Engine], rows: &[Row]) -> String {
    let time = |cell: &Cell| times(options, cell).map(|summary| summary.median);
    let mut sorted: Vec<&Row> = rows.iter().collect();
    let badness = |row: &Row| (1..engines.len()).find_map(|index| ratio(row, index, &time)).unwrap_or(0.0);
    sorted.sort_by(|a, b| badness(b).total_cmp(&badness(a)));

    let mut out = String::new();
    let what = if options.cpu { "CPU time" } else { "elapsed time" };
    let _ = writeln!(
        out,
        "\nMedian {what} in ms of {} run(s), its range, ratio to each peer ({} / peer), peak memory in MB\n",
        options.runs, engines[0].label
    );
    table(&mut out, options, engines, &sorted, &time);
    out.push('\n');
    for index in 1..engines.len() {
        summary_of_peer(&mut out, engines, rows, index, &time);
    }
    let complaints: Vec<String> = rows.iter().flat_map(|row| complaints(engines, row)).collect();
    if !complaints.is_empty() {
        let _ = writeln!(out, "\n{} PROBLEM(S)\n{}", complaints.len(), complaints.join("\n"));
    }
    out
}

fn table(out: &mut String, options: &Options, engines: &[Engine], rows: &[&Row], time: Measure) {
    let mut heading =
        vec!["program".to_string(), engines[0].label.clone(), "min..max".to_string(), "MB".to_string()];
    for engine in &engines[1..] {
        heading.extend([engine.label.clone(), "ratio".to_string(), "MB ratio".to_string()]);
    }
    let mut lines = vec![heading];
    for row in rows {
        let mut line = vec![row.program.clone()];
        match &row.cells[0] {
            Some(cell) => {
                let summary = times(options, cell);
                line.push(summary.map_or_else(|| "failed".to_string(), |s| format!("{:.1}", s.median)));
                line.push(summary.map_or_else(String::new, |s| format!("{:.1}..{:.1}", s.min, s.max)));
                line.push(memory(cell).map_or_else(String::new, |megabytes| format!("{megabytes:.1}")));
            }
            None => line.extend(["-".to_string(), String::new(), String::new()]),
        }
        for (index, cell) in row.cells.iter().enumerate().skip(1) {
            let shown = match cell {
                Some(cell) => {
                    time(cell).map_or_else(|| "failed".to_string(), |median| format!("{median:.1}"))
                }
                None => "-".to_string(),
            };
            line.push(shown);
            line.push(show_ratio(ratio(row, index, time)));
            line.push(show_ratio(ratio(row, index, &memory)));
        }
        lines.push(line);
    }
    align(out, &lines);
}

fn show_ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}

/// The first column to the left, all others to the right.
fn align(out: &mut String, lines: &[Vec<String>]) {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for line in lines {
        let mut text = format!("{:<width$}", line[0], width = widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            let _ = write!(text, "  {cell:>width$}");
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

fn summary_of_peer(out: &mut String, engines: &[Engine], rows: &[Row], index: usize, time: Measure) {
    let mut ratios: Vec<(f64, &str)> =
        rows.iter().filter_map(|row| Some((ratio(row, index, time)?, row.program.as_str()))).collect();
    ratios.sort_by(|a, b| b.0.total_cmp(&a.0));
    let values: Vec<f64> = ratios.iter().map(|(value, _)| *value).collect();
    let memories: Vec<f64> = rows.iter().filter_map(|row| ratio(row, index, &memory)).collect();
    let label = &engines[index].label;
    let (Some(mean), Some((worst, program))) = (geometric_mean(&values), ratios.first()) else {
        let _ = writeln!(out, "{label}: nothing to compare");
        return;
    };
    let slower = values.iter().filter(|value| **value > 1.0).count();
    let memory = geometric_mean(&memories).unwrap_or(f64::NAN);
    let _ = writeln!(
        out,
        "{label}: geometric mean {mean:.2}, worst {worst:.2} ({program}), slower in {slower} of {}, memory {memory:.2}",
        values.len()
    );
}

/// All samples as JSON.
pub fn json(options: &Options, engines: &[Engine], rows: &[Row]) -> String {
    let mut out = String::from("{\n  \"engines\": [");
    let labels: Vec<String> = engines.iter().map(|engine| quote(&engine.label)).collect();
    let _ = write!(out, "{}],\n  \"runs\": {},\n  \"programs\": [", labels.join(", "), options.runs);
    for (number, row) in rows.iter().enumerate() {
        let _ = write!(out, "{}\n    {{\"name\": {}", if number > 0 { "," } else { "" }, quote(&row.program));
        let same = complaints(engines, row).is_empty();
        let _ = write!(out, ", \"ok\": {same}, \"results\": [");
        let mut first = true;
        for (engine, cell) in engines.iter().zip(&row.cells) {
            let Some(cell) = cell else { continue };
            let _ = write!(out, "{}\n      {}", if first { "" } else { "," }, json_cell(engine, cell));
            first = false;
        }
        out.push_str("\n    ]}");
    }
    out.push_str("\n  ]\n}\n");
    out
}

fn json_cell(engine: &Engine, cell: &Cell) -> String {
    let list = |value: &dyn Fn(&Sample) -> String| -> String {
        cell.samples.iter().map(value).collect::<Vec<_>>().join(", ")
    };
    let wall = list(&|sample| format!("{:.3}", sample.wall.as_secs_f64() * 1e3));
    let cpu = list(&|sample| format!("{:.3}", sample.cpu.as_secs_f64() * 1e3));
    let rss = list(&|sample| sample.rss_bytes.to_string());
    let failure = cell.failure.as_deref().map_or_else(|| "null".to_string(), quote);
    format!(
        "{{\"engine\": {}, \"wall_ms\": [{wall}], \"cpu_ms\": [{cpu}], \"rss_bytes\": [{rss}], \"failure\": {failure}}}",
        quote(&engine.label)
    )
}

/// A JSON string literal.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_json() {
        assert_eq!(quote("a\"b\\\n\u{1}é"), "\"a\\\"b\\\\\\n\\u0001é\"");
    }

    #[test]
    fn finds_the_first_line_that_differs() {
        let groups: Vec<(&[u8], Vec<&str>)> = vec![(b"a\nb\n", vec!["x"]), (b"a\nc\n", vec!["y"])];
        assert_eq!(first_difference(&groups), 1);
        let groups: Vec<(&[u8], Vec<&str>)> = vec![(b"a\n", vec!["x"]), (b"a\nc\n", vec!["y"])];
        assert_eq!(first_difference(&groups), 1);
    }

    #[test]
    fn aligns_columns() {
        let mut out = String::new();
        let line = |a: &str, b: &str| vec![a.to_string(), b.to_string()];
        align(&mut out, &[line("name", "ms"), line("x", "12.5")]);
        assert_eq!(out, "name    ms\nx     12.5\n");
    }
}
