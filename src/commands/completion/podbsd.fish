# fish completion of podbsd. The candidates come from podbsd itself, and files where it has none.
function __podbsd_complete
	set -l words (commandline --tokenize --current-process --cut-at-cursor)
	set -l current (commandline --current-token --cut-at-cursor)
	set -l candidates (podbsd __complete -- $words[2..-1] $current 2>/dev/null)
	if set -q candidates[1]
		printf '%s\n' $candidates
	else
		__fish_complete_path $current
	end
end
complete --command podbsd --no-files --arguments '(__podbsd_complete)'
