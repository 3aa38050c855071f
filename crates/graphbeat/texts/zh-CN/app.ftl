app-stopped = 已停止；未做任何更改
app-nobody = 此处无人可询问，且未给出 `--yes`
app-nobody-hint = 请给出 `--yes`，或用 `--dry-run` 查看每个请求
app-all-granted = 所选内容需要的权限已全部授予
app-not-granted = 已同意，但未授予：{$missing}
app-not-granted-hint = 注册尚未请求这些权限，或 Entra 还需要一分钟：`graphbeat app show {$name}` 有详细说明
app-not-looked = 已同意，但帐户得不到令牌，因此不知道现在授予了什么
app-not-looked-hint = `graphbeat account sign-in {$name}` 成功后，`graphbeat app show {$name}` 会说明授予了什么
app-rotate-question = 为此帐户更换凭据？
app-no-object-id = 不知道注册的对象 ID
app-no-object-id-hint = 请给出 `--object-id`：它在注册的概述中；或运行 `graphbeat app adopt`
app-rotated = 帐户 `{$name}` 已使用新凭据登录，有效期至 {$until}
app-outside-vault = 帐户 `{$account}` 的凭据在保管库之外，graphbeat 不会更改那里的内容
app-outside-vault-hint = 请在配置中改为 `{"{"} vault = "…" {"}"}`，或在存放处更换
app-no-credential = 帐户 `{$account}` 没有自己的凭据：由用户或其他颁发者登录
app-no-credential-hint = 没有可更换的凭据
app-rotate-by-key = POST /v1.0/applications/{"{"}id{"}"}/addKey，用新密钥登录，POST /v1.0/applications/{"{"}id{"}"}/removeKey
app-rotate-only-key = PATCH /v1.0/applications/{"{"}id{"}"}，仅含新密钥，然后用它登录
app-rotate-secret = POST /v1.0/applications/{"{"}id{"}"}/addPassword，用新密码登录，POST /v1.0/applications/{"{"}id{"}"}/removePassword
app-rotate-again = 帐户仍按原方式登录；请再次运行同一命令：它会从中断处继续
app-unproven = 新凭据已注册，但尚未验证
app-remove-question = 全部删除？
app-restorable = 在 {$until} 之前可用 `graphbeat app restore {$name}` 恢复
app-for-good = 它也已从回收站中删除
app-removed = 已删除帐户 `{$name}` 的注册，连同其服务主体、凭据和授予的权限；{$end}。帐户仍在配置中，其调用仍在台账中；Entra 保留自己的登录和审核日志
app-none = 无
app-made = 由 graphbeat 创建
app-made-by-owner = 由所有者为 graphbeat 创建
app-contents =
    将删除：
    - 注册“{$name}”（{$client}），{$origin}
    - 它的服务主体（{$principal}）
    - {$grants} 项已授予的权限
    - {$credentials} 个凭据
app-restore-itself = 已删除的应用程序无法恢复自己
app-restore-hint = 请给出 `--azure-cli`，或用 `--through` 给出您的另一个应用程序的 ID
app-restore-hint-page = 请给出 `--azure-cli`，或用 `--through` 给出您的另一个应用程序的 ID；或手动恢复：{$page}
app-not-in-bin = Entra 的回收站中没有此注册
app-not-in-bin-hint = 它在那里保留 {$restorable_days} 天；之后可用 `graphbeat init` 创建新的注册
app-restored = 帐户 `{$name}` 的注册及其凭据已恢复；用 `graphbeat check --account {$name}` 验证
app-not-known = 对帐户 `{$name}` 的注册一无所知
app-not-known-hint = `graphbeat app adopt {$name}` 可接管现有的注册
app-adopted = 已接管帐户 `{$account}` 的注册；用 `graphbeat app rotate {$account}` 更换凭据
app-no-token = 帐户 `{$account}` 得不到令牌，因此不知道授予了什么
app-no-token-hint = `--azure-cli` 或 `--through` 可不经帐户读取；`graphbeat account sign-in` 会说明问题所在
app-unreadable = 无法用帐户自己的令牌读取注册
app-not-readable = 用此帐户的令牌无法读取：可用 `--azure-cli` 或 `--through` 读取
app-nothing = 无
app-credential = {$name}，有效期至 {$until}
