init-agree = 按以上权限设置此帐户？
init-stopped = 已停止；未创建任何内容
init-nobody-hint = 请给出 `--yes` 表示同意所显示的内容，或用 `--dry-run` 查看每个请求
init-done = 帐户 `{$name}` 已在应用程序 {$client} 下设置完成；`graphbeat run` 持续检测，`graphbeat app delete {$name}` 可删除所创建的内容
init-ca-file = 无法确定 `--ca-file` 的文件（{$error}）
init-cloud = 租户位于哪个云？
init-tenant = 租户（例如 contoso.onmicrosoft.com）
init-as-application = 以应用身份：无需人工登录，需管理员同意一次
init-as-user = 以用户身份：在浏览器中登录一次
init-mode = graphbeat 以何种身份登录？
init-classes = 运行哪些类别？（用逗号分隔）
init-by-cli = 使用您的 Azure CLI：先显示每条命令
init-by-portal = 在门户的一个页面上自行注册
init-way = 如何创建应用注册？
init-missing = 缺少 `{$flag}`，且此处无人可询问
init-missing-hint = 请给出，例如 `{$flag} {$example}`
init-exists = 已有帐户 `{$account}`，使用另一个应用程序
init-exists-hint = 请给出另一个 `--name`
init-correct = 请更正配置；然后再次运行同一命令
init-not-configured = 帐户或其云不在配置中
init-administrator = 管理员
init-user = 用户
init-dry-run = 试运行：未发送任何内容。首次检查将运行：{$reads}
init-permission-hint = 您自己的目录文件中有操作用到它：请在那里更正
init-az-login = 请在此租户中运行 `az login --allow-no-subscriptions`，然后再次运行同一命令
init-no-id = 注册没有 ID
init-client-id = 缺少 `--client-id`：注册须由您创建
init-client-id-hint = 请完成上述步骤，然后带上 `--client-id` 和 `--object-id` 再次运行同一命令
init-ask-client-id = 应用程序(客户端) ID
init-wrong-id = `{$answer}` 不是应用程序 ID
init-wrong-id-hint = 它在注册的概述中；请再次运行同一命令
init-not-enough = 登录的用户无权同意全部权限
init-not-enough-hint = 请把上面的文本发送给管理员；管理员同意之后，再次运行同一命令
init-no-certificate = 帐户的证书不在保管库中
init-manifest-hint = 请在门户中保存带有 `keyCredentials` 的清单，然后再次运行同一命令
init-waiting = 正在等待 Entra 生效
init-not-granted = 未授予：{$missing}
init-not-granted-hint = 请检查清单是否按显示的内容保存；然后再次运行同一命令
init-guide-page =
    打开

        {$page}
init-guide-place = 打开该云管理应用注册的位置
init-guide =
    1. {$place}

    2. 填写四个字段，然后选择“注册”：
       名称：{$name}
       受支持的帐户类型：仅此组织目录(单一租户)
       重定向 URI 的平台：公共客户端/本机(移动和桌面)
       重定向 URI：http://localhost

    然后从“概述”复制“应用程序(客户端) ID”和“对象 ID”
init-guide-manifest =
    1. {$place}

    2. 填写四个字段，然后选择“注册”：
       名称：{$name}
       受支持的帐户类型：仅此组织目录(单一租户)
       重定向 URI 的平台：公共客户端/本机(移动和桌面)
       重定向 URI：http://localhost

    3. 打开左侧的“清单”，用以下内容替换相应成员，然后选择“保存”：

    {$manifest}

    然后从“概述”复制“应用程序(客户端) ID”和“对象 ID”
init-letter =
    需要管理员同意。请将以下内容发送给管理员：

    您好，
    请为我们的组织同意应用程序“{$name}”（{$client}）。它通过读取来测试我们的租户，需要：{$permissions}。
    请以全局管理员或特权角色管理员身份打开以下页面并接受；最后浏览器会显示 http://localhost 的错误，这是正常的：

        {$url}
