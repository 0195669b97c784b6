<!doctype html>
% title = get("title") or t(f"{ask.page}.title")
<html lang="{{ask.language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{title}}{{" · " + frame["title"] if frame["title"] else ""}}</title>
<link rel="icon" href="{{frame["icon"]}}" type="image/svg+xml">
% for style in frame["styles"]:
<link rel="stylesheet" href="{{style}}">
% end
<script src="{{frame["script"]}}" defer></script>
</head>
<body>
<a class="skip" href="#main">{{t("page.skip")}}</a>
<header class="top">
  <a class="brand" href="{{link("/" + ask.project + "/" if ask.project else "/")}}">{{frame["title"] or t("page.brand")}}</a>
  % if ask.person:
  <a class="person me" href="{{link("/", as_=None)}}" title="{{t("page.somebody_else")}}">{{face(ask.person)}} <bdi>{{person_name(ask.person)}}</bdi></a>
  % elif ask.page != "choose":
  <a class="me small" href="{{link("/")}}">{{t("page.who_are_you")}}</a>
  % end
  % if frame["navigation"]:
  <nav aria-label="{{t("page.navigation")}}">
    <ul>
    % for address, word, is_here in frame["navigation"]:
      <li><a href="{{link(address)}}"{{current(is_here)}}>{{word}}</a></li>
    % end
    </ul>
  </nav>
  % end
</header>
<main id="main" tabindex="-1">
% if frame["trouble"]:
<p class="problem">{{t("page.trouble", text=frame["trouble"])}}</p>
% end
{{!base}}
</main>
<p class="problem offline" id="offline" role="status" hidden>{{t("page.offline")}}</p>
<footer class="bottom">
  <span id="as-of" data-refresh>{{t("page.as_of", time=when(frame["made"]))}}</span>
  <ul aria-label="{{t("page.languages")}}">
  % for code, word in frame["languages"]:
    <li><a href="{{here(lang=code)}}" lang="{{code}}" hreflang="{{code}}"{{current(code == ask.language)}}>{{word}}</a></li>
  % end
  </ul>
</footer>
</body>
</html>
