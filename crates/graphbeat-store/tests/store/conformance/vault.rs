//! The vault.

use graphbeat_base::{ExposeSecret as _, Secret};
use graphbeat_store::Vault;

async fn clear(vault: &dyn Vault, name: &str) -> Option<String> {
    vault.open_secret(name).await.expect("opened").map(|secret| secret.expose_secret().to_owned())
}

pub(crate) async fn a_secret_opens_under_its_name_until_it_is_replaced_or_removed(vault: &dyn Vault) {
    assert_eq!(clear(vault, "contoso").await, None);
    vault.seal("contoso", &Secret::from("first")).await.expect("sealed");
    vault.seal("contoso", &Secret::from("second")).await.expect("sealed");
    vault.seal("adatum", &Secret::from("")).await.expect("sealed");
    assert_eq!(clear(vault, "contoso").await.as_deref(), Some("second"));
    assert_eq!(clear(vault, "adatum").await.as_deref(), Some(""));
    assert_eq!(vault.secret_names().await.expect("read"), ["adatum", "contoso"]);
    vault.remove_secret("contoso").await.expect("removed");
    vault.remove_secret("contoso").await.expect("nothing to remove");
    assert_eq!(clear(vault, "contoso").await, None);
    assert_eq!(vault.secret_names().await.expect("read"), ["adatum"]);
}
