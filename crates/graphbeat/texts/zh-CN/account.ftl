account-no-card = 帐户没有状态卡片
account-as = {$method}，应用程序 {$client}
account-reads = {$count} 个读取操作
account-no-cloud = 没有云 `{$cloud}`
account-paused = 帐户 `{$name}` 已暂停；`graphbeat account resume {$name}` 可恢复
account-active = 帐户 `{$name}` 已启用
account-needs = 新帐户需要 `{$flag}`
account-needs-tenant = 它的 ID，或某个域，例如 `contoso.onmicrosoft.com`
account-needs-client = 您的应用注册的应用程序(客户端) ID
account-added = 已添加帐户 `{$name}`；用 `graphbeat account sign-in {$name}` 登录
account-no-change = 没有要更改的内容
account-no-change-hint = 参见 `graphbeat account edit --help`
account-changed = 已更改帐户 `{$name}`；正在运行的代理重新启动后生效
account-open = `{$name}` 的流程创建的 {$open} 个对象还在租户中
account-open-hint = 请先运行 `graphbeat clean --account {$name}`：没有帐户就无法清除
account-removed =
    已移除帐户 `{$account}` 及其令牌和机密；其调用仍在台账中。
    租户 `{$tenant}` 中仍有：应用程序 {$client} 及其密码、证书和权限（Entra 管理中心 › 应用注册）、它的同意（› 企业应用程序），以及登录用户的会话（https://mysignins.microsoft.com）
