//! graphbeat-sandbox
