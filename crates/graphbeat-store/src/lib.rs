//! graphbeat-store
