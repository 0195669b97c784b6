% rebase("page.tpl")
<h1>{{t("error.title")}}</h1>
<p class="big">{{sentence}}</p>
<p><a href="{{link("/" + ask.project + "/" if ask.project else "/")}}">{{t("error.back")}}</a></p>
