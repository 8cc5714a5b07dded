//! A flattened device tree as source text (Devicetree Specification, chapter 6).
//!
//! The blob does not say what a property's bytes mean: text where they look like it, else cells, else bytes.

use dtoolkit::fdt::{Fdt, FdtNode};
use dtoolkit::{Node, Property};

/// The source text of a whole tree.
pub(crate) fn source(tree: &Fdt<'_>) -> String {
    let mut text = String::from("/dts-v1/;\n\n");
    write_node(&mut text, &tree.root(), 0);
    text
}

fn write_node(text: &mut String, node: &FdtNode<'_>, depth: usize) {
    let indent = "\t".repeat(depth);
    let name = if depth == 0 { "/" } else { node.name() };
    text.push_str(&format!("{indent}{name} {{\n"));
    for property in node.properties() {
        text.push_str(&format!("{indent}\t{}{};\n", property.name(), value(property.value())));
    }
    for child in node.children() {
        text.push('\n');
        write_node(text, &child, depth + 1);
    }
    text.push_str(&format!("{indent}}};\n"));
}

/// A property's value with its equals sign; nothing where it has none.
fn value(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    if let Some(strings) = strings(bytes) {
        return format!(" = {}", strings.join(", "));
    }
    let (cells, rest) = bytes.as_chunks::<4>();
    if rest.is_empty() {
        let cells: Vec<_> = cells.iter().map(|cell| format!("{:#x}", u32::from_be_bytes(*cell))).collect();
        return format!(" = <{}>", cells.join(" "));
    }
    let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(" = [{}]", bytes.join(" "))
}

/// The quoted strings of a value that consists of printable ones, each ended by a zero byte.
fn strings(bytes: &[u8]) -> Option<Vec<String>> {
    let strings = std::str::from_utf8(bytes.strip_suffix(&[0])?).ok()?.split('\0');
    let quoted = |string: &str| {
        let printable =
            !string.is_empty() && string.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        printable.then(|| format!("\"{}\"", string.replace('\\', "\\\\").replace('"', "\\\"")))
    };
    strings.map(quoted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_within_a_command_line_are_escaped() {
        assert_eq!(value(b"run=\"a b\" c\\\0"), r#" = "run=\"a b\" c\\""#);
    }

    #[test]
    fn a_list_of_strings_is_told_from_cells() {
        assert_eq!(value(b"arm,psci-1.0\0arm,psci-0.2\0"), r#" = "arm,psci-1.0", "arm,psci-0.2""#);
        assert_eq!(value(&[0, 0, 0, 1, 0x4a, 0xa0, 0, 0]), " = <0x1 0x4aa00000>");
    }

    #[test]
    fn what_is_neither_is_bytes() {
        assert_eq!(value(&[0, 1, 2]), " = [00 01 02]");
        assert_eq!(value(b"\0\0\0"), " = [00 00 00]");
        assert_eq!(value(b""), "");
    }
}
