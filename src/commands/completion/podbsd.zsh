#compdef podbsd
# zsh completion of podbsd. The candidates come from podbsd itself.
_podbsd() {
	local -a candidates
	candidates=("${(@f)$(podbsd __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	if [[ -n "${candidates[1]}" ]]; then
		compadd -- "${candidates[@]}"
	else
		_files
	fi
}
compdef _podbsd podbsd
