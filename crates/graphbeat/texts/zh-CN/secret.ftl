secret-unreadable = 无法读取机密（{$error}）
secret-none = 没有给出机密
secret-none-hint = 请直接输入，或通过标准输入提供
secret-once-more = 再次输入：
secret-passphrase-short = 口令少于 {$least} 个字符
secret-passphrase-short-hint = 请使用几个互不相关的词
secret-passphrases-differ = 两次输入的口令不同；未做任何更改
