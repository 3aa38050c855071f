//! What follows an operation's first answer: chunks of an upload, a monitor, the version to be changed.

use super::{Entry, Index, is_pointer};
use crate::model::{Access, IfMatch, Operation, OperationMethod, Upload};
use crate::problem::{Problem, did_you_mean};
use crate::template::is_name;

/// Graph takes chunks in multiples of this.
const CHUNK_UNIT: u32 = 320 * 1024;
/// The largest chunk and the largest upload of an operation: they are kept in memory.
const CHUNK_BYTES_MAX: u32 = 10 * 1024 * 1024;
const UPLOAD_BYTES_MAX: u32 = 16 * 1024 * 1024;

pub(super) fn check(entry: &Entry<'_, Operation>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let operation = entry.item;
    if let Some(upload) = &operation.upload
        && let Some(message) = upload_trouble(upload)
    {
        problems.push(entry.problem("upload", message, None));
    }
    for (key, follows) in [("upload", operation.upload.is_some()), ("monitor", operation.monitor)] {
        if follows && (operation.method != OperationMethod::Post || operation.access != Access::Write) {
            problems.push(entry.problem(key, format!("only a write by `POST` has `{key}`"), None));
        }
    }
    if operation.upload.is_some() && operation.monitor {
        problems.push(entry.problem("monitor", "an upload has no monitor", None));
    }
    if let Some(if_match) = &operation.if_match {
        check_if_match(entry, if_match, index, problems);
    }
    if let Some(uploaded) = &operation.equals_upload {
        let uploads = index.operation(uploaded).is_some_and(|operation| operation.upload.is_some());
        if !uploads || operation.method != OperationMethod::Get {
            let message = format!("`{uploaded}` uploads nothing that a `GET` could be compared with");
            problems.push(entry.problem("equals_upload", message, None));
        }
    }
}

fn upload_trouble(upload: &Upload) -> Option<String> {
    let Upload { bytes, chunk } = *upload;
    if !(1..=UPLOAD_BYTES_MAX).contains(&bytes) {
        Some(format!("`bytes` must be between 1 and {UPLOAD_BYTES_MAX}"))
    } else if chunk == 0 || chunk % CHUNK_UNIT != 0 || chunk > CHUNK_BYTES_MAX {
        Some(format!("`chunk` must be a multiple of {CHUNK_UNIT} up to {CHUNK_BYTES_MAX}"))
    } else {
        None
    }
}

fn check_if_match(entry: &Entry<'_, Operation>, if_match: &IfMatch, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let IfMatch { value, from, pick } = if_match;
    if entry.item.method == OperationMethod::Get {
        problems.push(entry.problem("if_match", "a `GET` changes no version", None));
    }
    if entry.item.headers.keys().any(|name| name.eq_ignore_ascii_case("if-match")) {
        problems.push(entry.problem("if_match", "the header `If-Match` is given twice", None));
    }
    if !is_name(value) {
        problems.push(entry.problem("if_match/value", format!("`{value}` is no name of a placeholder"), None));
    }
    if !is_pointer(pick) {
        problems.push(entry.problem("if_match/pick", format!("`{pick}` is no JSON pointer"), None));
    }
    match index.operation(from) {
        None => {
            let hint = did_you_mean(from, index.operations.keys().copied());
            problems.push(entry.problem("if_match/from", format!("unknown operation `{from}`"), hint));
        }
        Some(from) if from.access == Access::Write => {
            problems.push(entry.problem("if_match/from", format!("`{}` is no read", from.id), None));
        }
        Some(_) => {}
    }
}
