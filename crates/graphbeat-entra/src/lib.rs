//! graphbeat-entra
