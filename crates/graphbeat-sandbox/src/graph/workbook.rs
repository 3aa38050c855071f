//! Excel: a workbook's sessions, worksheets, cells, tables and charts, for signed-in users only.
//!
//! The workbook is kept with its file and goes with it. The file's own bytes are not read: a new `.xlsx`
//! has one empty worksheet. There is no calculation: a formula is kept as it is written, and `sum` is the
//! one function.

mod area;

use http::StatusCode;
use serde_json::{Map, Value, json};

use self::area::Area;
use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::outlook::only;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::objects::place;
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Worksheets, tables, charts, sessions and cells of one workbook.
const PARTS_MAX: usize = 200;
const CELLS_MAX: usize = 10_000;
/// The longest name of a worksheet.
const NAME_MAX: usize = 31;
/// Where the workbook is kept in its file's properties.
const KEPT: &str = "_workbook";

macro_rules! workbook {
    ($make:ident, $name:literal, $rest:literal, $handler:path) => {
        Route::$make($name, concat!("/users/{user}/drive/items/{item}/workbook", $rest), $handler).of(Service::Drive)
    };
}

/// The routes of workbooks.
pub(super) const ROUTES: &[Route] = &[
    workbook!(post, "excel.sessions.create", "/createSession", create_session),
    workbook!(post, "excel.sessions.close", "/closeSession", close_session),
    workbook!(get, "excel.worksheets.list", "/worksheets", list_sheets),
    workbook!(post, "excel.worksheets.add", "/worksheets/add", add_sheet),
    workbook!(delete, "excel.worksheets.delete", "/worksheets/{sheet}", delete_sheet),
    workbook!(get, "excel.used-range.get", "/worksheets/{sheet}/usedRange()", used_range)
        .like("GET /me/drive/items/{item}/workbook/worksheets"),
    workbook!(patch, "excel.ranges.update", "/worksheets/{sheet}/range(address={address})", update_range),
    workbook!(get, "excel.tables.list", "/tables", list_tables),
    workbook!(post, "excel.tables.add", "/tables/add", add_table),
    workbook!(post, "excel.table-rows.add", "/tables/{table}/rows/add", add_rows),
    workbook!(post, "excel.charts.add", "/worksheets/{sheet}/charts/add", add_chart),
    workbook!(get, "excel.names.list", "/names", list_names),
    workbook!(post, "excel.workbook.calculate", "/application/calculate", calculate),
    workbook!(ask, "excel.functions.sum", "/functions/sum", sum).like("GET /me/drive/items/{item}/workbook/worksheets"),
];

/// A workbook as it is kept: lists of parts, and cells by worksheet and address.
type Book = Map<String, Value>;

fn items(call: &Call<'_>) -> String {
    place::items(&place::drive_of(call.user()))
}

/// The workbook of the file in the path, and a session that exists where one is named.
fn book(tenant: &Tenant, call: &Call<'_>) -> Result<Book, GraphError> {
    let item = call.find(tenant, &items(call), call.parameter("item"))?;
    if !item.text("name").to_ascii_lowercase().ends_with(".xlsx") {
        return Err(GraphError::new(
            StatusCode::NOT_IMPLEMENTED,
            "notSupported",
            "The file is not a workbook that is supported.",
        ));
    }
    let kept = item.get(KEPT).as_object().cloned().unwrap_or_else(empty_book);
    match call.header("workbook-session-id") {
        Some(session) if !parts(&kept, "sessions").iter().any(|known| known["id"] == session) => {
            Err(GraphError::new(StatusCode::NOT_FOUND, "InvalidSession", "The session does not exist or has ended."))
        }
        _ => Ok(kept),
    }
}

fn empty_book() -> Book {
    let sheet = json!({"id": "{00000000-0001-0000-0000-000000000000}", "name": "Sheet1", "position": 0, "visibility": "Visible"});
    Book::from_iter([("sheets".to_owned(), json!([sheet]))])
}

fn keep(tenant: &mut Tenant, call: &Call<'_>, book: Book) -> Result<(), GraphError> {
    let id = call.parameter("item");
    let item = tenant.store.get_mut(&items(call), id).ok_or_else(|| call.not_found(id))?;
    item.properties.insert(KEPT.to_owned(), Value::Object(book));
    Ok(())
}

fn parts<'b>(book: &'b Book, kind: &str) -> &'b [Value] {
    book.get(kind).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn add(book: &mut Book, kind: &str, part: Value) -> Result<(), GraphError> {
    let all = book.entry(kind).or_insert_with(|| json!([]));
    match all.as_array_mut() {
        Some(all) if all.len() < PARTS_MAX => all.push(part),
        _ => return Err(invalid("The workbook has too many of these.")),
    }
    Ok(())
}

fn invalid(message: &str) -> GraphError {
    GraphError::new(StatusCode::BAD_REQUEST, "InvalidArgument", message)
}

fn no_item() -> GraphError {
    GraphError::new(StatusCode::NOT_FOUND, "ItemNotFound", "The requested resource doesn't exist.")
}

/// What follows `$metadata#`.
fn context(call: &Call<'_>, rest: &str) -> String {
    format!("users('{}')/drive/items('{}')/workbook/{rest}", call.user(), call.parameter("item"))
}

fn listed(call: &Call<'_>, book: &Book, (kind, of, rest): (&str, &'static str, &str)) -> Answer {
    let all: Vec<Entity> =
        parts(book, kind).iter().enumerate().map(|(at, part)| shown(of, at as u64 + 1, part)).collect();
    call.list(all.iter(), &List::new(of, context(call, rest)))
}

/// A part without what is the sandbox's own.
fn shown(of: &'static str, order: u64, part: &Value) -> Entity {
    let own = part.as_object().cloned().unwrap_or_default();
    Entity::loose(of, order, own.into_iter().filter(|(name, _)| !name.starts_with('_')).collect())
}

fn create_session(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["persistChanges"])?;
    let mut book = book(tenant, call)?;
    let persists = body.get("persistChanges").and_then(Value::as_bool).unwrap_or(true);
    let session = json!({"id": format!("cluster=local&session={}", tenant.rng.uuid()), "persistChanges": persists});
    add(&mut book, "sessions", session.clone())?;
    keep(tenant, call, book)?;
    let mut response = call.value(session, "microsoft.graph.workbookSessionInfo")?;
    response.status = StatusCode::CREATED;
    Ok(response)
}

fn close_session(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let session =
        call.header("workbook-session-id").ok_or_else(|| invalid("The header workbook-session-id is missing."))?;
    let mut book = book(tenant, call)?;
    if let Some(Value::Array(all)) = book.get_mut("sessions") {
        all.retain(|known| known["id"] != session);
    }
    keep(tenant, call, book)?;
    Ok(GraphResponse::no_content())
}

fn list_sheets(tenant: &Tenant, call: &Call<'_>) -> Answer {
    listed(call, &book(tenant, call)?, ("sheets", "workbookWorksheet", "worksheets"))
}

fn add_sheet(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["name"])?;
    let mut book = book(tenant, call)?;
    let count = parts(&book, "sheets").len();
    let default = format!("Sheet{}", count + 1);
    let name = body.get("name").and_then(Value::as_str).unwrap_or(&default);
    let taken = parts(&book, "sheets").iter().any(|sheet| is_called(sheet, name));
    if taken || name.is_empty() || name.chars().count() > NAME_MAX || name.contains(['\'', '!', '/', '?', '*', ':']) {
        return Err(invalid("The name of the worksheet is not valid."));
    }
    let id = format!("{{{}}}", tenant.rng.uuid().to_string().to_uppercase());
    let sheet = json!({"id": id, "name": name, "position": count, "visibility": "Visible"});
    add(&mut book, "sheets", sheet.clone())?;
    keep(tenant, call, book)?;
    call.created(&shown("workbookWorksheet", 1, &sheet), &context(call, "worksheets"))
}

fn is_called(part: &Value, name: &str) -> bool {
    part["id"] == name || part["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name))
}

/// The id of the worksheet of a name or an id.
fn sheet_id(book: &Book, name: &str) -> Result<String, GraphError> {
    let sheet = parts(book, "sheets").iter().find(|sheet| is_called(sheet, name)).ok_or_else(no_item)?;
    Ok(sheet["id"].as_str().unwrap_or_default().to_owned())
}

fn delete_sheet(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let mut book = book(tenant, call)?;
    let id = sheet_id(&book, call.parameter("sheet"))?;
    if parts(&book, "sheets").len() == 1 {
        return Err(invalid("A workbook must have at least one worksheet."));
    }
    for kind in ["sheets", "tables", "charts"] {
        if let Some(Value::Array(all)) = book.get_mut(kind) {
            all.retain(|part| part["id"] != id.as_str() && part["_sheet"] != id.as_str());
        }
    }
    if let Some(Value::Object(all)) = book.get_mut("cells") {
        all.remove(&id);
    }
    keep(tenant, call, book)?;
    Ok(GraphResponse::no_content())
}

/// The cells of a worksheet, by address.
fn cells<'b>(book: &'b Book, sheet: &str) -> Option<&'b Map<String, Value>> {
    book.get("cells")?.get(sheet)?.as_object()
}

fn used_range(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let book = book(tenant, call)?;
    let id = sheet_id(&book, call.parameter("sheet"))?;
    let area = cells(&book, &id).and_then(Area::around).unwrap_or_default();
    range(call, &book, (&id, area))
}

fn update_range(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["values", "formulas", "numberFormat"])?;
    let mut book = book(tenant, call)?;
    let id = sheet_id(&book, call.parameter("sheet"))?;
    let area =
        Area::read(call.parameter("address")).ok_or_else(|| invalid("The address of the range is not valid."))?;
    let values = body.get("values").or_else(|| body.get("formulas")).ok_or_else(|| invalid("'values' is missing."))?;
    write(&mut book, (&id, area), values)?;
    let answer = range(call, &book, (&id, area));
    keep(tenant, call, book)?;
    answer
}

/// Writes rows of values into an area of the same shape.
fn write(book: &mut Book, (sheet, area): (&str, Area), values: &Value) -> Result<(), GraphError> {
    let wrong = || invalid("The number of rows or columns in the input array doesn't match the size of the range.");
    let rows = values.as_array().filter(|rows| rows.len() == area.rows()).ok_or_else(wrong)?;
    let all = book.entry("cells").or_insert_with(|| json!({}));
    let own = &mut all[sheet];
    if own.is_null() {
        *own = json!({});
    }
    let Value::Object(own) = own else { return Err(wrong()) };
    for (row, values) in rows.iter().enumerate() {
        let values = values.as_array().filter(|values| values.len() == area.columns()).ok_or_else(wrong)?;
        for (column, value) in values.iter().enumerate() {
            own.insert(area.address_of(row, column), value.clone());
        }
    }
    if own.len() > CELLS_MAX { Err(invalid("The worksheet has too many cells.")) } else { Ok(()) }
}

/// A range as Graph shows it.
fn range(call: &Call<'_>, book: &Book, (sheet, area): (&str, Area)) -> Answer {
    let own = cells(book, sheet);
    let value = |row, column| own.and_then(|own| own.get(&area.address_of(row, column))).cloned().unwrap_or(json!(""));
    let rows: Vec<Vec<Value>> =
        (0..area.rows()).map(|row| (0..area.columns()).map(|column| value(row, column)).collect()).collect();
    let text: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(super::dispatch::shown).collect()).collect();
    let name = parts(book, "sheets")
        .iter()
        .find(|one| one["id"] == sheet)
        .map_or("", |one| one["name"].as_str().unwrap_or_default());
    let address = format!("{name}!{}", area.address());
    let shown = json!({
        "id": address, "address": address, "addressLocal": address, "cellCount": area.rows() * area.columns(), "columnCount": area.columns(),
        "rowCount": area.rows(), "columnIndex": area.column(), "rowIndex": area.row(), "columnHidden": false, "rowHidden": false,
        "hidden": false, "values": rows, "formulas": rows, "text": text,
    });
    call.value(shown, "microsoft.graph.workbookRange")
}

fn list_tables(tenant: &Tenant, call: &Call<'_>) -> Answer {
    listed(call, &book(tenant, call)?, ("tables", "workbookTable", "tables"))
}

fn add_table(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["address", "hasHeaders"])?;
    let mut book = book(tenant, call)?;
    let address = body.get("address").and_then(Value::as_str).unwrap_or_default();
    let (sheet, area) = place_of(&book, address)?;
    let number = parts(&book, "tables").len() + 1;
    let table = json!({
        "id": format!("{{{}}}", tenant.rng.uuid().to_string().to_uppercase()), "name": format!("Table{number}"), "legacyId": number.to_string(),
        "style": "TableStyleMedium2", "showHeaders": body.get("hasHeaders").and_then(Value::as_bool).unwrap_or(false), "showTotals": false,
        "showBandedRows": true, "showBandedColumns": false, "showFilterButton": true, "highlightFirstColumn": false, "highlightLastColumn": false,
        "_sheet": sheet, "_address": area.address(),
    });
    add(&mut book, "tables", table.clone())?;
    keep(tenant, call, book)?;
    call.created(&shown("workbookTable", 1, &table), &context(call, "tables"))
}

/// `Sheet1!A1:B3`: the worksheet's id, and the area.
fn place_of(book: &Book, address: &str) -> Result<(String, Area), GraphError> {
    let (sheet, cells) = address.split_once('!').unwrap_or(("Sheet1", address));
    let area = Area::read(cells).ok_or_else(|| invalid("The address of the range is not valid."))?;
    Ok((sheet_id(book, sheet.trim_matches('\''))?, area))
}

fn add_rows(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["index", "values"])?;
    let mut book = book(tenant, call)?;
    let name = call.parameter("table");
    let table = parts(&book, "tables").iter().find(|table| is_called(table, name)).cloned().ok_or_else(no_item)?;
    let area = table["_address"].as_str().and_then(Area::read).ok_or_else(no_item)?;
    let values = body.get("values").cloned().ok_or_else(|| invalid("'values' is missing."))?;
    let count = values.as_array().map_or(0, Vec::len);
    let below = area.below(count).ok_or_else(|| invalid("The values are not valid."))?;
    write(&mut book, (table["_sheet"].as_str().unwrap_or_default(), below), &values)?;
    if let Some(Value::Array(all)) = book.get_mut("tables") {
        for known in all.iter_mut().filter(|known| known["id"] == table["id"]) {
            known["_address"] = Value::String(area.with(below).address());
        }
    }
    keep(tenant, call, book)?;
    let row = json!({"index": area.rows().saturating_sub(1), "values": values});
    call.created(&Entity::loose("workbookTableRow", 1, row), &context(call, "tables/rows"))
}

fn add_chart(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["type", "sourceData", "seriesBy"])?;
    let mut book = book(tenant, call)?;
    let sheet = sheet_id(&book, call.parameter("sheet"))?;
    if body.get("type").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(invalid("'type' is missing."));
    }
    let number = parts(&book, "charts").len() + 1;
    let id = format!("{{{}}}", tenant.rng.uuid().to_string().to_uppercase());
    let chart = json!({"id": id, "name": format!("Chart {number}"), "height": 216.0, "width": 360.0, "left": 60.0, "top": 15.0, "_sheet": sheet});
    add(&mut book, "charts", chart.clone())?;
    keep(tenant, call, book)?;
    call.created(&shown("workbookChart", 1, &chart), &context(call, "charts"))
}

fn list_names(tenant: &Tenant, call: &Call<'_>) -> Answer {
    listed(call, &book(tenant, call)?, ("names", "workbookNamedItem", "names"))
}

fn calculate(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let known = ["Recalculate", "Full", "FullRebuild"];
    book(tenant, call)?;
    match body.get("calculationType").and_then(Value::as_str) {
        Some(kind) if known.contains(&kind) => Ok(GraphResponse::no_content()),
        _ => Err(invalid("'calculationType' is not valid.")),
    }
}

fn sum(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let book = book(tenant, call)?;
    let values = body.get("values").and_then(Value::as_array).ok_or_else(|| invalid("'values' is missing."))?;
    let mut total = 0.0;
    for value in values {
        match value.get("address").and_then(Value::as_str) {
            Some(address) => {
                let (sheet, area) = place_of(&book, address)?;
                let own = cells(&book, &sheet).into_iter().flatten();
                total += own.filter(|(cell, _)| area.has(cell)).filter_map(|(_, value)| value.as_f64()).sum::<f64>();
            }
            None => total += value.as_f64().ok_or_else(|| invalid("A value is not valid."))?,
        }
    }
    call.value(json!({"error": null, "value": total}), "microsoft.graph.workbookFunctionResult")
}
