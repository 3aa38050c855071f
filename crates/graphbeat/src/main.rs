//! graphbeat
fn main() {}
