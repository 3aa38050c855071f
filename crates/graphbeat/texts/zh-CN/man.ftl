man-not-written = 无法写入 `{$directory}`（{$cause}）
man-not-written-hint = 请指定一个您有写入权限的目录
