//! graphbeat-config
