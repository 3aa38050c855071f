context-catalog-too-large = 目录文件 `{$path}` 大于 {$bytes} 字节
context-catalog-too-large-hint = 请拆分为多个文件
context-unreadable = 无法读取 `{$path}`（{$error}）
context-unreadable-hint = 请检查其名称以及读取权限
