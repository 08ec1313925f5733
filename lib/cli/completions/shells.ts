// What shells read. Each asks `tbpf completions candidates -- WORD…`, where the last word is the one that is being typed, for whole words, and the line
// `:files` means that names of files fit as well.
//
//   facts  bash divides words at colons and equals signs (COMP_WORDBREAKS): the function joins what stands together, and gives back what readline will put behind the
//          last such character. A quote that is open stands in front of the word and stays there

const bash = `# completion of tbpf for bash: eval "$(tbpf completions bash)"
_tbpf() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() i part quote='' cur candidate
  for ((i = 0; i <= COMP_CWORD; i++)); do
    part=\${COMP_WORDS[i]}
    if [[ $i -eq 0 || $rest == [[:space:]]* ]]; then
      rest=\${rest#"\${rest%%[![:space:]]*}"}
      words+=("")
    fi
    if ((i == COMP_CWORD)); then part=$rest; fi
    words[\${#words[@]}-1]+=$part
    rest=\${rest#"$part"}
  done
  cur=\${words[\${#words[@]}-1]}
  if [[ $cur == [\\'\\"]* ]]; then
    quote=\${cur:0:1}
    cur=\${cur:1}
    words[\${#words[@]}-1]=$cur
  fi
  # quotes that are closed belong to the shell
  for ((i = 1; i < \${#words[@]} - 1; i++)); do words[i]=\${words[i]//[\\'\\"]/}; done
  local cut=''
  if [[ -z $quote ]]; then
    [[ $COMP_WORDBREAKS == *:* && $cur == *:* ]] && cut=\${cur%:*}:
    [[ $COMP_WORDBREAKS == *=* && $cur == *=* && -z $cut ]] && cut=\${cur%%=*}=
  fi
  COMPREPLY=()
  while IFS= read -r candidate; do
    if [[ $candidate == :files ]]; then
      compopt -o filenames
      while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "\${cur#"$cut"}")
    else
      [[ $candidate == *[:=/] ]] && compopt -o nospace
      COMPREPLY+=("\${candidate#"$cut"}")
    fi
  done < <("$1" completions candidates -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _tbpf tbpf
`;

const zsh = `#compdef tbpf
# completion of tbpf for zsh: eval "$(tbpf completions zsh)" after compinit, or this text as _tbpf in a folder of fpath
_tbpf() {
  local -a found open
  local line
  for line in "\${(@f)$("\${(Q)words[1]}" completions candidates -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
    elif [[ $line == *[:=/] ]]; then
      open+=("$line")
    elif [[ -n $line ]]; then
      found+=("$line")
    fi
  done
  (( $#open )) && compadd -S '' -- "\${open[@]}"
  (( $#found )) && compadd -- "\${found[@]}"
  return 0
}
if [[ \${funcstack[1]} == _tbpf ]]; then _tbpf "$@"; else compdef _tbpf tbpf; fi
`;

const fish = `# completion of tbpf for fish: tbpf completions fish | source
function __tbpf_candidates
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] completions candidates -- $words[2..-1] 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c tbpf -f -a '(__tbpf_candidates)'
`;

export const shells: Readonly<Record<string, string>> = { bash, zsh, fish };
