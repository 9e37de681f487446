#!/usr/bin/env bash
# Brings an installation and its builds up to date. docs/deploy.md and docs/runbooks say when to use which.
#
#   release.sh ENVIRONMENT what-if           what a deployment would change
#   release.sh ENVIRONMENT infrastructure    deploys the Bicep; which app works and serves stays as it is
#   release.sh ENVIRONMENT build PACKAGE     puts a build on the app that rests, tries it, lets it work, tries it again, lets it serve; back when a check fails
#   release.sh ENVIRONMENT switch COLOUR     lets blue or green work and serve, for instance the one before
#   release.sh ENVIRONMENT check             sends a probe through the app that works
#   release.sh ENVIRONMENT status            which app works, which serves
#
# It needs az (signed in), curl, and the PODIUM_… variables that the parameter files read. The resource group is PODIUM_GROUP, or rg-podium-ENVIRONMENT.
set -euo pipefail

die() { echo "release: $*" >&2; exit 1; }
say() { echo "release: $*" >&2; }

[[ $# -ge 2 ]] || { sed -n '2,12p' "$0" >&2; exit 2; }
environment=$1 verb=$2
case $environment in dev | staging | production) ;; *) die "'$environment' is none of dev, staging, production" ;; esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
group=${PODIUM_GROUP:-rg-podium-$environment}
pause=${PODIUM_PAUSE:-10}      # seconds between two looks
patience=${PODIUM_PATIENCE:-60} # looks

# the colour of the app that has a tag
tagged() { az functionapp list --resource-group "$group" --query "[?tags.$1=='yes'].tags.colour | [0]" --output tsv; }
name_of() { az functionapp list --resource-group "$group" --query "[?tags.colour=='$1'].name | [0]" --output tsv; }
output() { az deployment group show --resource-group "$group" --name podium --query "properties.outputs.$1.value" --output tsv; }
or() { [[ -n $1 && $1 != None ]] && echo "$1" || echo "$2"; }

# which app works and which serves: the one thing that a deployment may change besides what the source says
deploy() {
  PODIUM_WORKING=$1 PODIUM_SERVING=$2 az deployment group create --resource-group "$group" --name podium --parameters "$here/$environment.bicepparam" --output none
}

is_ready() {
  for ((look = 1; look <= patience; look++)); do
    if curl --silent --fail --max-time 20 --output /dev/null "$1/api/health/ready"; then return 0; fi
    sleep "$pause"
  done
  say "$1 is not ready"
  return 1
}

# a probe through every kind of trigger; the key travels in a file that no list of processes shows
self_check() {
  local url=$1 app=$2 key answer location
  key=$(az functionapp keys list --resource-group "$group" --name "$app" --query functionKeys.default --output tsv)
  location=$(curl --silent --show-error --fail --max-time 60 --request POST --header @<(echo "x-functions-key: $key") --dump-header - --output /dev/null "$url/api/operations/self-checks" |
    tr -d '\r' | sed -n 's/^[Ll]ocation: //p') || { say "$url does not start a self-check"; return 1; }
  [[ -n $location ]] || { say "$url started a self-check and does not say which"; return 1; }
  for ((look = 1; look <= patience; look++)); do
    answer=$(curl --silent --max-time 20 --header @<(echo "x-functions-key: $key") "$url$location" || true)
    case $answer in
      *'"status":"passed"'*) say "the probe came through $app"; return 0 ;;
      *'"status":"failed"'*) say "the probe did not come through $app: $answer"; return 1 ;;
    esac
    sleep "$pause"
  done
  say "no answer to the self-check of $app"
  return 1
}

build() {
  local package=$1 serving working next url
  [[ -f $package ]] || die "there is no package '$package'"
  working=$(or "$(tagged working)" none)
  serving=$(or "$(tagged serving)" blue)
  next=blue
  if [[ $working == blue && -n $(or "$(name_of green)" '') ]]; then next=green; fi
  local app; app=$(name_of "$next")
  [[ -n $(or "$app" '') ]] || die "there is no function app in $group yet; first: release.sh $environment infrastructure"

  say "$app gets the build ($working works, $serving serves)"
  az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$package" --output none
  if [[ $next == "$serving" ]]; then url=$(output baseUrl); else url=$(output candidateUrl); fi
  is_ready "$url" || die "$app never became ready; nothing else was touched"

  if [[ $next != "$working" ]]; then
    say "$next takes the work over"
    deploy "$next" "$serving" || { back "$working" "$serving"; die "the work could not be handed over"; }
    is_ready "$url" || { back "$working" "$serving"; die "$app is not ready as the one that works"; }
  fi
  self_check "$url" "$app" || { back "$working" "$serving"; die "the build failed its self-check"; }

  if [[ $next != "$serving" ]]; then
    say "$next serves from now on"
    deploy "$next" "$next" || { back "$working" "$serving"; die "Front Door could not be switched"; }
  fi
  url=$(output baseUrl)
  is_ready "$url" || { back "$working" "$serving"; die "$url is not ready"; }
  say "done: $next works and serves; $(or "$([[ $working == "$next" ]] || echo "$working")" "nothing") waits to be switched back to"
}

back() {
  if [[ $1 == "$next" ]]; then
    say "there is no other app to go back to: put the previous package on it with 'release.sh $environment build'"
    return 0
  fi
  say "back to: $1 works, $2 serves"
  deploy "$1" "$2" || say "that failed too; run: release.sh $environment switch $2"
}

case $verb in
  what-if)
    # reading is enough for this
    PODIUM_WORKING=$(or "$(tagged working)" none) PODIUM_SERVING=$(or "$(tagged serving)" blue) az deployment group what-if \
      --resource-group "$group" --name podium --parameters "$here/$environment.bicepparam" --validation-level ProviderNoRbac
    ;;
  infrastructure) deploy "$(or "$(tagged working)" none)" "$(or "$(tagged serving)" blue)" ;;
  build) build "${3:-}" ;;
  switch)
    [[ ${3:-} == blue || ${3:-} == green ]] || die "switch to blue or green"
    app=$(name_of "$3")
    [[ -n $(or "$app" '') ]] || die "there is no app '$3' in $group"
    deploy "$3" "$3"
    is_ready "$(output baseUrl)" || die "$3 works and serves, and is not ready"
    say "done: $3 works and serves"
    ;;
  check)
    working=$(or "$(tagged working)" none)
    [[ $working != none ]] || die "no app works"
    if [[ $working == "$(tagged serving)" ]]; then url=$(output baseUrl); else url=$(output candidateUrl); fi
    self_check "$url" "$(name_of "$working")"
    ;;
  status) echo "working: $(or "$(tagged working)" none), serving: $(or "$(tagged serving)" none)" ;;
  *) die "'$verb' is none of what-if, infrastructure, build, switch, check, status" ;;
esac
