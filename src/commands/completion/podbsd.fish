# fish completion of podbsd. The candidates come from podbsd itself.
function __podbsd_complete
	set -l words (commandline --tokenize --current-process --cut-at-cursor)
	podbsd __complete -- $words[2..-1] (commandline --current-token --cut-at-cursor) 2>/dev/null
end
complete --command podbsd --arguments '(__podbsd_complete)'
