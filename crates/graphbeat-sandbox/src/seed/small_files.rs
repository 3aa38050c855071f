//! Small real files: a Word document, a workbook, a PDF and a picture that the programs for them open.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
    <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
    <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
    <Default Extension=\"xml\" ContentType=\"application/xml\"/>";
const RELATIONSHIPS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";
const OFFICE_DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A Word document of some paragraphs.
pub(super) fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let text: String =
        paragraphs.iter().map(|text| format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escaped(text))).collect();
    let types = format!(
        "{CONTENT_TYPES}<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
    );
    let links = format!(
        "{RELATIONSHIPS}<Relationship Id=\"rId1\" Type=\"{OFFICE_DOCUMENT}/officeDocument\" Target=\"word/document.xml\"/></Relationships>"
    );
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{text}</w:body></w:document>"
    );
    zip(&[("[Content_Types].xml", &types), ("_rels/.rels", &links), ("word/document.xml", &document)])
}

/// A workbook of one sheet.
pub(super) fn xlsx(rows: &[Vec<String>]) -> Vec<u8> {
    let types = format!(
        "{CONTENT_TYPES}<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>"
    );
    let links = format!(
        "{RELATIONSHIPS}<Relationship Id=\"rId1\" Type=\"{OFFICE_DOCUMENT}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let sheets = format!(
        "{RELATIONSHIPS}<Relationship Id=\"rId1\" Type=\"{OFFICE_DOCUMENT}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let workbook = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><workbook xmlns=\"{namespace}\" xmlns:r=\"{OFFICE_DOCUMENT}\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let rows: String = rows
        .iter()
        .map(|cells| format!("<row>{}</row>", cells.iter().map(|cell| cell_xml(cell)).collect::<String>()))
        .collect();
    let sheet = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><worksheet xmlns=\"{namespace}\"><sheetData>{rows}</sheetData></worksheet>"
    );
    zip(&[
        ("[Content_Types].xml", &types),
        ("_rels/.rels", &links),
        ("xl/workbook.xml", &workbook),
        ("xl/_rels/workbook.xml.rels", &sheets),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

/// A PDF of one page with one line of text.
pub(super) fn pdf(line: &str) -> Vec<u8> {
    let line: String = line.chars().filter(|letter| letter.is_ascii() && !"()\\".contains(*letter)).collect();
    let stream = format!("BT /F1 18 Tf 72 720 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut file, mut table) = ("%PDF-1.4\n".to_owned(), String::new());
    for (at, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let start = file.len();
    file.push_str(&format!(
        "xref\n0 {0}\n0000000000 65535 f \n{table}trailer\n<< /Size {0} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    ));
    file.into_bytes()
}

/// A picture: a gradient between two colours.
pub(super) fn png(width: u32, height: u32, from: [u8; 3], to: [u8; 3]) -> Vec<u8> {
    let mut pixels = Vec::new();
    for row in 0..height {
        pixels.push(0);
        for column in 0..width {
            let share = (row + column) * 255 / (width + height).max(1);
            pixels.extend(from.iter().zip(to).map(|(&one, other)| mixed(one, other, share)));
        }
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory cannot fail.
    let _ = packed.write_all(&pixels);
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &packed.finish().unwrap_or_default());
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn mixed(one: u8, other: u8, share: u32) -> u8 {
    let mixed = (u32::from(one) * (255 - share.min(255)) + u32::from(other) * share.min(255)) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    file.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let body = [&name[..], data].concat();
    file.extend(&body);
    file.extend(crc(&body).to_be_bytes());
}

fn cell_xml(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(_) => format!("<c><v>{cell}</v></c>"),
        Err(_) => format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(cell)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A ZIP whose files are stored as they are.
fn zip(files: &[(&str, &String)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let start = u32::try_from(archive.len()).unwrap_or(0);
        let entry = zip_entry(name, text.as_bytes());
        archive.extend(b"PK\x03\x04\x14\x00");
        archive.extend(&entry);
        archive.extend(name.as_bytes());
        archive.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00\x14\x00");
        directory.extend(&entry);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, length) = (archive.len(), directory.len());
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\x00\x00\x00\x00");
    let count = u16::try_from(files.len()).unwrap_or(0).to_le_bytes();
    archive.extend([count, count].concat());
    archive.extend(u32::try_from(length).unwrap_or(0).to_le_bytes());
    archive.extend(u32::try_from(start).unwrap_or(0).to_le_bytes());
    archive.extend([0, 0]);
    archive
}

/// What a local header and the directory say alike: flags, method, time, sums, sizes, lengths.
fn zip_entry(name: &str, data: &[u8]) -> Vec<u8> {
    let mut entry = vec![0, 0, 0, 0, 0, 0, 0x21, 0];
    let size = u32::try_from(data.len()).unwrap_or(0).to_le_bytes();
    entry.extend(crc(data).to_le_bytes());
    entry.extend([size, size].concat());
    entry.extend(u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
    entry.extend([0, 0]);
    entry
}

fn crc(data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_begin_as_their_kind_does() {
        assert!(docx(&["a & b"]).starts_with(b"PK\x03\x04"));
        assert!(xlsx(&[vec!["Month".to_owned(), "3".to_owned()]]).windows(12).any(|it| it == b"<v>3</v></c>"));
        assert!(pdf("Invoice (1)").ends_with(b"%%EOF\n"));
        assert_eq!(crate::objects::files::png_size(&png(48, 32, [0; 3], [255; 3])), Some((48, 32)));
    }
}
