% rebase("page.tpl")
<h1>{{t("choose.title")}}</h1>
<div id="projects" data-refresh>
% for problem in problems:
<p class="problem" lang="en">{{problem}}</p>
% end
% if not projects:
<p class="empty">{{t("choose.no_project")}}</p>
% end
% for project in projects:
<section class="reel" aria-labelledby="project-{{project["ident"]}}">
  % if project["problem"]:
  <h2 id="project-{{project["ident"]}}">{{project["title"]}}</h2>
  <p class="problem">{{t(project["problem"], **project["words"])}}</p>
  % else:
  % home = link("/" + project["ident"] + "/")
  <div>
    % if project["has_photo"]:
    <a href="{{home}}" tabindex="-1" aria-hidden="true"><img class="frame" src="{{photo(project["ident"])}}" alt=""></a>
    % end
    <div>
      <h2 id="project-{{project["ident"]}}"><a href="{{home}}">{{project["title"]}}</a></h2>
      % if project["description"]:
      <p>{{project["description"]}}</p>
      % end
      <p class="quiet">{{t("choose.assets", n=project["assets"])}}</p>
    </div>
  </div>
  % if project["people"]:
  <h3>{{t("choose.who")}}</h3>
  <ul class="faces">
    % for ident in project["people"]:
    <li><a href="{{link("/" + project["ident"] + "/", as_=ident)}}">{{face(ident, "large")}} <bdi>{{person_name(ident)}}</bdi></a></li>
    % end
  </ul>
  % end
  % end
</section>
% end
</div>
