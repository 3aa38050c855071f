vault-rekeyed-passphrase = 已用该口令封存 {$sealed} 个机密：没有它就无法打开，任何人都无法找回
vault-rekeyed-file = 已用 `vault.key` 中的新密钥封存 {$sealed} 个机密；旧密钥的副本只能打开旧台账的副本
vault-rekeyed-keyring = 已用本系统钥匙串中的新密钥封存 {$sealed} 个机密：只有这台机器上的这个用户能打开；目录的副本不能，`graphbeat backup` 的备份可以
vault-new-passphrase = 新口令：
