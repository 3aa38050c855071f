runtime-passphrase = 保管库的口令：
runtime-no-randomness = 操作系统未提供随机数（{$error}）
runtime-recovered = 注意：graphbeat 上次结束时有 {$count} 个请求尚在进行；它们在台账中记为 `interrupted`
runtime-no-flight = 没有飞行文件
runtime-open =
    注意：流程 `{$journey}` 的遗留内容（帐户 {$account}）{ $more ->
        [0] {""}
       *[other] 以及另外 {$more} 项
    }尚未处理：{$why}；`graphbeat clean` 会列出并重试
runtime-no-account = 没有帐户 `{$name}`
runtime-no-account-hint = 现有帐户：{$accounts}
runtime-not-made = 无法创建数据目录 `{$folder}`（{$error}）
runtime-not-made-hint = 请用 `--data` 指定其他目录
runtime-moved = 注意：此数据目录上次在另一台机器上使用；请勿让代理在两处同时运行
runtime-moved-without = 注意：不在此目录中，因此可能不在这台机器上：{$what}
