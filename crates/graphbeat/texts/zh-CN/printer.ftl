printer-more = …… 还有 {$count} 行
