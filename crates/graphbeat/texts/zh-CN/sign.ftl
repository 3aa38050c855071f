sign-in-application = 帐户 `{$account}` 以应用程序身份登录，不用浏览器
sign-in-application-hint = 请去掉 `--device-code` 和 `--no-browser`
sign-in-not-set-up = 帐户尚未设置
sign-in-another-person = 请以正确的用户登录，或先运行 `graphbeat account sign-out {$name}` 以把帐户交给他人
sign-in-listener = 请试用 `graphbeat account sign-in {$name} --device-code`
sign-in-explain = 用代码运行 `graphbeat explain` 查看处理办法
sign-in-secret = 帐户 `{$account}` 的客户端密码（将存入保管库）：
sign-in-secret-keyring = 帐户 `{$account}` 的客户端密码（将存入系统钥匙串）：
sign-in-code =
    要为帐户 `{$account}` 登录，请打开

        {$uri}

    并输入代码

        {$code}
sign-in-page =
    浏览器将打开 Entra 的页面为帐户 `{$account}` 登录；如未打开，请访问

        {$url}
sign-in-page-elsewhere =
    要为帐户 `{$account}` 登录，请在浏览器中打开

        {$url}

    完成后浏览器会转到以 {$redirect_uri} 开头的地址；如果显示错误而不是 graphbeat 的页面，请复制完整地址并粘贴到这里：
sign-in-done-as = 已登录：帐户 `{$account}`，用户 {$user}
sign-in-done = 已登录：帐户 `{$account}` 能取得令牌
sign-in-out-application = 帐户 `{$name}` 属于应用程序：没有用户登录
sign-in-out-application-hint = `graphbeat account pause {$name}` 可停用它
sign-in-out = 帐户 `{$name}` 已注销：其令牌已从本机删除。Entra 仍保留该用户的会话和同意，已复制到别处的令牌仍然有效。`graphbeat account sign-in {$name}` 可重新登录
sign-in-out-pages =
    帐户 `{$name}` 已注销：其令牌已从本机删除。Entra 仍保留同意，已复制到别处的令牌仍然有效：
    - 用户的会话：{$sessions} 的“在所有位置注销”
    - 同意：{$consents} 中该应用程序的“管理你的应用程序”
    `graphbeat account sign-in {$name}` 可重新登录
