<ul>
% for title, lent in books:
  <li>{{title}}{{" (lent)" if lent else ""}}</li>
% end
</ul>
