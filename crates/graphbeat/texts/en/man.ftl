man-not-written = could not write into `{$directory}` ({$cause})
man-not-written-hint = name a directory that you may write to
