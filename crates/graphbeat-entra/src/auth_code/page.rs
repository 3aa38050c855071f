//! What the browser shows at the end of a sign-in. Nothing of the request is repeated in it.

/// What to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// The answer came.
    Answered,
    /// Entra, or the person, said no.
    Refused,
    /// An answer, but to another sign-in.
    OtherSignIn,
    /// Nothing to see.
    NotFound,
    /// No request of a browser.
    BadRequest,
}

impl Page {
    const fn status(self) -> &'static str {
        match self {
            Self::Answered | Self::Refused => "200 OK",
            Self::OtherSignIn | Self::BadRequest => "400 Bad Request",
            Self::NotFound => "404 Not Found",
        }
    }

    const fn sentences(self) -> [&'static str; 2] {
        match self {
            Self::Answered => [
                "graphbeat has the answer and finishes the sign-in. You can close this window.",
                "graphbeat 已收到结果，正在完成登录。您可以关闭此窗口。",
            ],
            Self::Refused => [
                "The sign-in was not completed; graphbeat says why. You can close this window.",
                "登录未完成，原因见 graphbeat 的输出。您可以关闭此窗口。",
            ],
            Self::OtherSignIn => [
                "This page belongs to another sign-in. Use the page that graphbeat opened last.",
                "此页面属于另一次登录。请使用 graphbeat 最后打开的页面。",
            ],
            Self::NotFound => ["There is nothing here.", "此处没有内容。"],
            Self::BadRequest => ["This is no request of a browser.", "这不是浏览器的请求。"],
        }
    }

    /// The whole answer, head and body.
    pub(super) fn response(self) -> String {
        let [english, chinese] = self.sentences();
        let body = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>graphbeat</title>\
             <style>body{{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#f2f4f7;padding:3rem 1rem}}\
             main{{max-width:34rem;margin:auto;background:#fff;padding:2rem;border:1px solid #dde1e6;\
             border-radius:.5rem}}h1{{font-size:1.35rem;margin:0}}</style>\
             <main><h1>graphbeat</h1><p>{english}</p><p lang=\"zh-CN\">{chinese}</p></main></html>"
        );
        format!(
            "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
             Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{body}",
            self.status(),
            body.len()
        )
    }
}
