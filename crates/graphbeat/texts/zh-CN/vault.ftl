vault-rekeyed-passphrase = 已用该口令封存 {$sealed} 个机密：没有它就无法打开，任何人都无法找回
vault-rekeyed-file = 已用 `vault.key` 中的新密钥封存 {$sealed} 个机密；旧密钥的副本只能打开旧台账的副本
vault-new-passphrase = 新口令：
vault-once-more = 再次输入：
vault-passphrase-short = 口令少于 {$least} 个字符
vault-passphrase-short-hint = 请使用几个互不相关的词
vault-passphrases-differ = 两次输入的口令不同；未做任何更改
