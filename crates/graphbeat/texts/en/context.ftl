context-catalog-too-large = the catalogue file `{$path}` is larger than {$bytes} bytes
context-catalog-too-large-hint = split it into several
context-unreadable = could not read `{$path}` ({$error})
context-unreadable-hint = check its name and who may read it
