registrar-no-id = `--through {$text}` 不是应用程序 ID
registrar-no-id-hint = 请给出您在此租户中自己的应用程序的 ID
registrar-no-hand = 由谁为帐户 `{$name}` 执行？
registrar-hand-hint = 请给出 `--azure-cli`（`az` 已登录时），或用 `--through` 由管理员在浏览器中登录
registrar-forbidden-hint = 登录的用户无权执行此操作：请联系应用程序管理员或全局管理员
registrar-again = 请再次运行同一命令：它会从中断处继续
registrar-declined = 未获同意，已停止
registrar-unknown-hint = `graphbeat app adopt` 会读取注册中未知的内容
registrar-held-back = 未发送任何请求；请解决问题，并在 {$until} 之后再次运行同一命令
registrar-refused = 未获得同意（{$error}）
registrar-refused-hint = 请以有权同意的管理员身份再次运行同一命令
registrar-no-listener = 无法在本机等待浏览器（{$error}）
registrar-stopped = 在浏览器返回之前被停止
registrar-too-late = 没有人及时完成浏览器中的页面
registrar-consent = 以管理员身份同意权限
registrar-sign-in = 登录
registrar-page =
    浏览器将打开 Entra 页面以{$purpose}；如未打开，请访问

        {$url}
registrar-page-elsewhere =
    请在浏览器中打开以下地址以{$purpose}

        {$url}

    完成后浏览器会转到以 {$redirect_uri} 开头的地址；如果显示错误页面，请复制完整地址并粘贴到这里：
registrar-note = 无法读取记录 `{$note}`
registrar-note-hint = 它由另一版本的 graphbeat 写入
registrar-run = 运行此命令？
