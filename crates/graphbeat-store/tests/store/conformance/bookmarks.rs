//! Where delta queries go on.

use graphbeat_store::{Ledger, StoredBookmark};

use crate::support::noon;

pub(crate) async fn a_bookmark_is_kept_for_each_account_and_operation_until_it_is_forgotten(ledger: &dyn Ledger) {
    let bookmark = |text: &str| StoredBookmark { path: "/v1.0/users/delta()".into(), text: text.into(), since: noon() };
    for (account, operation, text) in
        [("a", "users.users.delta", "()x=1"), ("a", "mail.inbox.delta", "()x=2"), ("b", "users.users.delta", "()x=3")]
    {
        ledger.set_delta_bookmark(account, operation, Some(bookmark(text))).await.expect("kept");
    }
    ledger.set_delta_bookmark("a", "users.users.delta", Some(bookmark("()x=4"))).await.expect("kept");
    ledger.set_delta_bookmark("a", "mail.inbox.delta", None).await.expect("forgotten");
    ledger.flush().await.expect("flushed");
    assert_eq!(ledger.delta_bookmark("a", "users.users.delta").await.expect("read"), Some(bookmark("()x=4")));
    assert_eq!(ledger.delta_bookmark("b", "users.users.delta").await.expect("read"), Some(bookmark("()x=3")));
    assert_eq!(ledger.delta_bookmark("a", "mail.inbox.delta").await.expect("read"), None);
}
