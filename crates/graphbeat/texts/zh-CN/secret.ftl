secret-unreadable = 无法读取机密（{$error}）
secret-none = 没有给出机密
secret-none-hint = 请直接输入，或通过标准输入提供
