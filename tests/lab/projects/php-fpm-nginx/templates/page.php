<h1>Easter is on <?= $easter ?></h1>
