regions() { jq -r '[.[].region] | unique[]' "$1"; }
total() { jq --arg region "$2" '[.[] | select(.region == $region) | .amount] | add' "$1"; }
