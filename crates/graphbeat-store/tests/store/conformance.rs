//! What every ledger and vault does, whatever database stands behind it.
//!
//! `conformance_tests!(open)` makes a test of each sentence, with `open()` giving a guard and an empty store.

pub(crate) mod accounts;
pub(crate) mod bookmarks;
pub(crate) mod calls;
pub(crate) mod feed;
pub(crate) mod journal;
pub(crate) mod vault;

macro_rules! conformance_tests {
    ($open:ident: $($area:ident { $($sentence:ident),+ $(,)? })+) => {
        $(mod $area {
            $(#[tokio::test]
            async fn $sentence() {
                let (_guard, store) = super::$open();
                crate::conformance::$area::$sentence(&store).await;
            })+
        })+
    };
}
pub(crate) use conformance_tests;
